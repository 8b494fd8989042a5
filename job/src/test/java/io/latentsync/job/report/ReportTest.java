package io.latentsync.job.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.latentsync.job.storage.Location;
import io.latentsync.job.testing.SampleResults;
import io.latentsync.record.RequestResult;
import io.latentsync.record.RequestStatus;
import io.latentsync.record.RunResult;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests of the report's page in a browser. */
final class ReportTest {
  private static final String LONG_ID =
      "a talk with a name that is far too long ".repeat(4).strip();

  /** A script for the page. It writes its findings into the page's title, as JSON. */
  private static final String SCRIPT =
      """
      <script>
      addEventListener("load", () => {
        const clip = (box, element) => {
          for (let e = element; e && e !== document.body; e = e.parentElement) {
            if (getComputedStyle(e).overflowX !== "visible" && !(e instanceof SVGElement)) {
              const b = e.getBoundingClientRect();
              box = {left: Math.max(box.left, b.left), right: Math.min(box.right, b.right),
                     top: Math.max(box.top, b.top), bottom: Math.min(box.bottom, b.bottom)};
            }
          }
          return box;
        };
        const boxes = [];
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
          if (!node.data.trim() || node.parentElement.closest("script, title")
              || !node.parentElement.checkVisibility({contentVisibilityAuto: true})) continue;
          const range = document.createRange();
          range.selectNodeContents(node);
          for (const rect of range.getClientRects()) {
            boxes.push({text: node.data.trim(), box: clip(rect, node.parentElement)});
          }
        }
        const overlaps = [];
        boxes.forEach((a, i) => boxes.slice(i + 1).forEach(b => {
          const width = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
          const height = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
          if (a.text !== b.text && width > 1 && height > 3) overlaps.push(a.text + " | " + b.text);
        }));
        const charts = kind => [...document.querySelectorAll(".chart svg")]
            .map(s => s.querySelectorAll(kind).length);
        const rows = () => [...document.querySelector("#requests").tBodies[0].rows]
            .filter(row => !row.hidden).map(row => row.querySelector("a").textContent);
        const choose = (selector, change) => {
          const input = document.querySelector(selector);
          change(input);
          input.dispatchEvent(new Event("input"));
        };
        const found = {};
        const statuses = [...document.querySelectorAll("#statuses input")];
        statuses.slice(1).forEach(box => box.click());
        found.failedOnly = rows();
        statuses.slice(1).forEach(box => box.click());
        choose("#low", box => { box.checked = true; });
        found.lowOnly = rows();
        choose("#low", box => { box.checked = false; });
        choose("#search", box => { box.value = "täl KING"; });
        found.searched = rows();
        choose("#search", box => { box.value = ""; });
        const heading = document.querySelectorAll("#requests th button")[2];
        heading.click();
        heading.click();
        found.longestFirst = rows();
        document.title = JSON.stringify({
          ...found,
          texts: boxes.length,
          overlaps,
          tooWide: document.documentElement.scrollWidth - innerWidth,
          tableScrolls: document.querySelector("table").parentElement.scrollWidth
              > document.querySelector("table").parentElement.clientWidth,
          bars: charts(".good, .bad, .low"),
          gaps: charts(".gap"),
          pictures: [...document.images].map(i => i.naturalWidth),
          fetched: performance.getEntriesByType("resource").map(e => e.name)
              .filter(name => !name.startsWith("data:")),
          headings: [...document.querySelectorAll("h2")].map(h => h.textContent)});
      });
      </script>
      """;

  /** Ends an attribute in either quotes, and is an element outside. */
  private static final String ATTACK =
      "\" onmouseover=attack() x='' onmouseover=attack() <img src=x onerror=attack()></script>\u202e\u001b";

  @TempDir Path folder;
  private Path report;

  @BeforeEach
  void aReportOfABatch() throws IOException {
    RequestResult dubbed = SampleResults.dubbed("<b>Täl & king</b>", 2);
    dubbed.setOutput(folder.resolve("out/a: <b> & 100 %.mp4").toString());
    RequestResult longer = SampleResults.dubbed(LONG_ID, 400);
    longer.setKept(true);
    RequestResult failed =
        SampleResults.failed(
            "no face",
            "in/faceless.mp4: no face was found in any of its 10 frames\n\u202e\u001b[2Jodd");
    String picture = picture();
    Stills stills =
        new Stills(
            dubbed.getId(),
            List.of(
                new Stills.Pair(7, "mouth open", picture, picture),
                new Stills.Pair(150, "mouth closed", picture, picture)),
            "");
    report =
        write(
            List.of(
                dubbed,
                longer,
                SampleResults.notBegun("other", RequestStatus.skipped),
                SampleResults.notBegun("late", RequestStatus.interrupted),
                failed),
            Map.of(
                dubbed.getId(),
                stills,
                LONG_ID,
                new Stills(LONG_ID, List.of(), "in/video.mp4: no such file or folder")),
            folder);
  }

  private static String picture() throws IOException {
    ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
    BufferedImage image = new BufferedImage(180, 180, BufferedImage.TYPE_INT_RGB);
    image.createGraphics().fillOval(40, 30, 100, 130);
    ImageIO.write(image, "jpeg", jpeg);
    return "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(jpeg.toByteArray());
  }

  private static Path write(List<RequestResult> rows, Map<String, Stills> stills, Path folder)
      throws IOException {
    Report.write(
        rows,
        SampleResults.run("20261129T010000Z-0123abcd"),
        stills,
        Optional.empty(),
        new Location(folder.toString()),
        new Configuration());
    return folder.resolve(Report.FILE);
  }

  @Test
  void theReportShowsTheFactsAndSumsOfTheRun() throws IOException {
    assertThat(Files.readString(report))
        .contains("Sunday 29 November 2026, 01:00 UTC", "duration 2:30:00")
        .contains("checkpoints/&lt;latentsync&gt;_unet.pt", "0123456789abcdef", "bf16")
        .contains("spark://10.0.0.1:7077: 4 executors, 32 cores, 4 GPUs")
        .contains("app-20261129010000-0007", "20261129T010000Z-0123abcd", "<dd>0.1.0</dd>")
        .contains("<code>--manifest=nightly.csv</code> <code>--inference_steps=20</code>")
        .contains(
            "<b>1</b><span>failed</span>",
            "<b>1</b><span>interrupted</span>",
            "<b>1</b><span>skipped</span>")
        .contains("<b>2</b><span>done, 1 of them by an earlier run</span>")
        // 402 segments of 96 frames.
        .contains("<b>25.7</b><span>minutes of video</span>")
        // 12.5 s for one segment; the other segment and the longer video are of earlier runs.
        .contains("<b>3.3 s</b><span>compute per second of video</span>")
        .contains("<b class=\"lowMark\">2</b><span>with segments of low sync</span>")
        .contains("seed 1234567890, 20 steps, guidance 1.5, fps 25");
  }

  @Test
  void linksAreRelativeAndCharactersOfAddressesAreEscaped() throws IOException {
    assertThat(Files.readString(report))
        .contains("<a href=\"./out/a:%20%3Cb%3E%20&amp;%20100%20%25.mp4\">")
        .contains(
            "<video controls preload=\"none\" src=\"./out/a:%20%3Cb%3E%20&amp;%20100%20%25.mp4\">");
    Location page = new Location("s3a://bucket/nights");
    assertThat(RelativeLink.of(page, new Location("s3a://bucket/out/ä b.mp4")))
        .contains("./../out/ä%20b.mp4");
    assertThat(RelativeLink.of(page, new Location("s3a://other/out/a.mp4"))).isEmpty();
    assertThat(RelativeLink.of(page, new Location("/out/a.mp4"))).isEmpty();
  }

  @Test
  void everyTextOfTheResultsIsEscaped() throws IOException {
    RequestResult row = RequestResult.newBuilder(SampleResults.dubbed("talk", 3)).build();
    RunResult run = SampleResults.run("run");
    int texts = attack(row) + attack(run);
    assertThat(texts).isGreaterThan(10);
    Stills stills =
        new Stills(row.getId(), List.of(new Stills.Pair(7, ATTACK, picture(), picture())), ATTACK);
    Report.write(
        List.of(row),
        run,
        Map.of(row.getId(), stills),
        Optional.empty(),
        new Location(folder.toString()),
        new Configuration());
    assertThat(Files.readString(report))
        .contains("&lt;img src=x onerror=attack()&gt;")
        .contains("\\u202e\\u001b")
        .doesNotContain("<img src=x", "\" onmouseover", "' onmouseover", "\u202e", "\u001b");
  }

  /** Replaces all texts of a record, and of the records in it; returns their number. */
  private static int attack(SpecificRecordBase row) {
    int texts = 0;
    for (Schema.Field field : row.getSchema().getFields()) {
      Object value = row.get(field.pos());
      if (value instanceof CharSequence) {
        row.put(field.pos(), ATTACK);
        texts++;
      } else if (value instanceof SpecificRecordBase part) {
        texts += attack(part);
      } else if (value instanceof List<?> list) {
        List<Object> attacked = new ArrayList<>();
        for (Object entry : list) {
          texts += entry instanceof SpecificRecordBase part ? attack(part) : 0;
          attacked.add(entry instanceof CharSequence ? ATTACK : entry);
        }
        row.put(field.pos(), attacked);
      }
    }
    return texts;
  }

  @Test
  void theReportShowsAllResultsOfARequest() throws IOException {
    assertThat(Files.readString(report))
        .contains("2 of 5 videos dubbed", "&lt;b&gt;Täl &amp; king&lt;/b&gt;", "1234567890")
        .contains(
            "192: 187 with a new mouth,\n5 passed through",
            "1234.5",
            "r 0.40 at lag 0, 0.43 at lag -1")
        .contains(
            "done before</span>",
            "interrupted</span>",
            "skipped</span>",
            "mouth closed, before and after, at 0:06")
        .contains("no face was found in any of its 10 frames\n\\u202e\\u001b[2Jodd")
        .contains("frames 0 to 95: r 0.00 at lag 0 (0.50 at lag -3), below --min_sync")
        .contains("frames 96 to 191: r 0.84 at lag 0 (no other lag is significant); reused")
        .contains("rendered in 12.5 s, attempt 2", "not measured")
        .contains("1 of 2 segments are below 0.25 (correlation at lag 0)", "class=\"demand\"")
        .contains("Sync-C 5.68, Sync-D 7.50,\noffset -1, lowest confidence of a frame 0.25")
        .containsPattern(
            "frames 0 to 95:\\s+-0.20 at guidance 1.5, 0.00 at guidance 2 \\(kept\\),"
                + " no value at guidance 3")
        .contains("No stills: in/video.mp4: no such file or folder")
        .contains("1 of 400 segments\nneeded more than one task attempt")
        .doesNotContain("<b>T", "http:", "https:");
  }

  @ParameterizedTest
  @ValueSource(ints = {1280, 700, 500})
  void aBrowserShowsThePageWithoutOverlapsAndLoadsNothing(int width) throws Exception {
    JsonNode seen = open(report, width);
    assertThat(seen.get("texts").asInt()).isGreaterThan(50);
    assertThat(seen.get("overlaps")).as("overlapping texts").isEmpty();
    assertThat(seen.get("tooWide").asInt()).as("pixels outside the window").isNotPositive();
    assertThat(seen.get("tableScrolls").asBoolean()).isFalse();
    // The failed and the interrupted request are first and have no chart. A gap is not a bar.
    assertThat(seen.get("bars").toString()).isEqualTo("[2,320]");
    assertThat(seen.get("gaps").toString()).isEqualTo("[0,80]");
    assertThat(seen.get("pictures").toString()).isEqualTo("[180,180,180,180]");
    assertThat(seen.get("fetched")).isEmpty();
    assertThat(seen.get("headings"))
        .extracting(JsonNode::asText)
        .startsWith("no face", "late", "other", "<b>Täl & king</b>", LONG_ID);
  }

  @Test
  void theListIsFilteredAndSorted() throws Exception {
    JsonNode seen = open(report, 1280);
    assertThat(seen.get("failedOnly").toString()).isEqualTo("[\"no face\"]");
    assertThat(seen.get("lowOnly")).hasSize(2);
    assertThat(seen.get("searched").toString()).isEqualTo("[\"<b>Täl & king</b>\"]");
    assertThat(seen.get("longestFirst"))
        .extracting(JsonNode::asText)
        .as("rows without a length are last")
        .containsExactly(LONG_ID, "<b>Täl & king</b>", "no face", "late", "other");
  }

  /** The page is kept in target, so that a developer can view it. */
  @Test
  void aReportOfTwoHundredRequestsFitsThePage() throws Exception {
    Path night = Files.createDirectories(Path.of("target", "report-of-200").toAbsolutePath());
    List<RequestResult> rows = new ArrayList<>();
    Map<String, Stills> stills = new HashMap<>();
    String picture = picture();
    for (int i = 0; i < 200; i++) {
      String id = "talk-%03d-%s".formatted(i, List.of("de", "fr", "es", "ja").get(i % 4));
      if (i % 40 == 13) {
        rows.add(
            SampleResults.failed(
                id, "/data/in/" + id + ".mp4: no face was found in any of its 250 frames"));
      } else if (i == 199) {
        rows.add(SampleResults.notBegun(id, RequestStatus.interrupted));
      } else {
        RequestResult row = SampleResults.dubbed(id, 1 + i % 23);
        row.setKept(i % 9 == 8);
        row.setOutput(night.resolve("out/" + id + ".mp4").toString());
        rows.add(row);
        stills.put(
            id,
            new Stills(
                id,
                Stream.of("mouth open", "mouth closed", "mouth open", "mouth closed")
                    .map(mouth -> new Stills.Pair(7, mouth, picture, picture))
                    .toList(),
                ""));
      }
    }
    JsonNode seen = open(write(rows, stills, night), 1280);
    assertThat(seen.get("tooWide").asInt()).isNotPositive();
    assertThat(seen.get("tableScrolls").asBoolean()).isFalse();
    assertThat(seen.get("overlaps")).isEmpty();
    assertThat(seen.get("fetched")).isEmpty();
    assertThat(seen.get("failedOnly")).hasSize(5);
  }

  /** Opens a page and returns the findings of its script. */
  private JsonNode open(Path shown, int width) throws Exception {
    Path page = folder.resolve("opened.html");
    Files.writeString(page, Files.readString(shown).replace("</body>", SCRIPT + "</body>"));
    Optional<Path> browser =
        Stream.of("chromium", "chromium-browser", "google-chrome")
            .map(name -> Path.of("/usr/bin", name))
            .filter(Files::isExecutable)
            .findFirst();
    if (browser.isEmpty()) {
      System.err.println("tests skipped: no Chromium to open the report with");
    }
    assumeTrue(browser.isPresent(), "skipped: no Chromium to open the report with");
    Process process =
        new ProcessBuilder(
                browser.get().toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--window-size=" + width + ",900",
                "--user-data-dir=" + folder.resolve("browser"),
                "--dump-dom",
                page.toUri().toString())
            .redirectError(folder.resolve("browser.log").toFile())
            .start();
    String document = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(() -> "exit code of " + browser.get()).isZero();
    String title =
        document.substring(document.indexOf("<title>") + 7, document.indexOf("</title>"));
    return new ObjectMapper()
        .readTree(title.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"));
  }
}
