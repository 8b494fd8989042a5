package io.latentsync.job.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.latentsync.job.storage.Location;
import io.latentsync.record.RequestResult;
import io.latentsync.record.RequestStatus;
import io.latentsync.record.SegmentResult;
import io.latentsync.record.StageSeconds;
import io.latentsync.record.SyncNetResult;
import io.latentsync.record.SyncResult;
import io.latentsync.record.TakeResult;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The report as a browser shows it. */
final class ReportTest {
  private static final String LONG_ID =
      "a talk with a name that is far too long ".repeat(4).strip();

  /** Runs in the page: what it finds stands in the page's title afterwards, as JSON. */
  private static final String LOOK =
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
          if (!node.data.trim() || node.parentElement.closest("script, title")) continue;
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
        document.title = JSON.stringify({
          texts: boxes.length,
          overlaps,
          tooWide: document.documentElement.scrollWidth - innerWidth,
          tableScrolls: document.querySelector("table").parentElement.scrollWidth
              > document.querySelector("table").parentElement.clientWidth,
          bars: [...document.querySelectorAll("svg")].map(s => s.querySelectorAll("rect").length),
          pictures: [...document.images].map(i => i.naturalWidth),
          fetched: performance.getEntriesByType("resource").map(e => e.name)
              .filter(name => !name.startsWith("data:")),
          headings: [...document.querySelectorAll("h2")].map(h => h.textContent)});
      });
      </script>
      """;

  @TempDir Path folder;
  private Path report;

  @BeforeEach
  void aReportOfABatch() throws IOException {
    RequestResult dubbed = dubbed("<b>Täl & king</b>", 2);
    RequestResult longer = dubbed(LONG_ID, 400);
    longer.setKept(true);
    RequestResult failed =
        RequestResult.newBuilder()
            .setId("no face")
            .setStatus(RequestStatus.failed)
            .setReason(
                "in/faceless.mp4: no face was found in any of its 10 frames\n\u202e\u001b[2Jodd")
            .setVideo("in/faceless.mp4")
            .setAudio("in/" + "a".repeat(300) + ".wav")
            .setOutput("out/c.mp4")
            .setSeed(1)
            .setSeconds(new StageSeconds(0.5, 1.25, null, null, null))
            .build();
    ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(427, 240, BufferedImage.TYPE_INT_RGB), "jpeg", jpeg);
    String picture =
        "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(jpeg.toByteArray());
    Report.write(
        List.of(dubbed, longer, failed),
        Map.of(
            dubbed.getId(),
            new Stills(dubbed.getId(), 7, picture, picture, ""),
            LONG_ID,
            new Stills(LONG_ID, 19_200, "", "", "in/video.mp4: no such file or folder")),
        List.of(),
        new Location(folder.toString()),
        new Configuration());
    report = folder.resolve(Report.FILE);
  }

  /** Segments of 96 frames: the second was found, the third rendered at a second attempt. */
  private static RequestResult dubbed(String id, int segments) {
    List<SegmentResult> results = new ArrayList<>();
    for (int i = 0; i < segments; i++) {
      SyncResult sync = i % 5 == 4 ? null : new SyncResult(i % 7 - 3, 0.5, Math.sin(i), i == 0);
      results.add(
          SegmentResult.newBuilder()
              .setFirstFrame(96 * i)
              .setFrames(96)
              .setSeconds(12.5)
              .setAttempt(i == 2 ? 1 : 0)
              .setReused(i == 1)
              .setSync(sync)
              .setBelowMinSync(sync != null && sync.getCorrelationInPlace() < 0.25)
              .setTakes(
                  i == 0
                      ? List.of(
                          new TakeResult(1.5, -0.2, false),
                          new TakeResult(2.0, 0.0, true),
                          new TakeResult(3.0, null, false))
                      : List.of())
              .build());
    }
    return RequestResult.newBuilder()
        .setId(id)
        .setStatus(RequestStatus.done)
        .setVideo("in/video.mp4")
        .setAudio("in/speech.wav")
        .setOutput("out/" + segments + ".mp4")
        .setSeed(1_234_567_890)
        .setFrames(96 * segments)
        .setFrameRate(25.0)
        .setSynthesisedFrames(96 * segments - 5)
        .setSeconds(new StageSeconds(0.5, null, 1234.5, 0.25, 0.0))
        .setFramesPerSecond(0.125)
        .setSync(new SyncResult(-1, 0.432, 0.4, null))
        .setSyncNet(new SyncNetResult(-1, 5.678, 7.5, 0.25, 180))
        .setMinSync(0.25)
        .setSegments(results)
        .build();
  }

  @Test
  void theReportShowsAllResultsOfARequest() throws IOException {
    assertThat(Files.readString(report))
        .contains("2 of 3 videos dubbed", "&lt;b&gt;Täl &amp; king&lt;/b&gt;", "1234567890")
        .contains("192: 187 with a new mouth,\n5 passed through", "1234.5", "0.40 (0.43\nat -1)")
        .contains("Done before by an earlier run: 1.", "done before</span>")
        .contains("no face was found in any of its 10 frames\n\\u202e\\u001b[2Jodd")
        .contains("frames 0 to 95: r 0.00 at lag 0 (0.50 at lag -3), below --min_sync")
        .contains("frames 96 to 191: r 0.84 at lag 0 (no other lag is significant); found rendered")
        .contains("rendered in 12.5 s, attempt 2", "no measure")
        .contains("1 of 2 segments are below 0.25 (correlation at lag 0)", "class=\"demand\"")
        .contains("Sync-C 5.68, Sync-D 7.50,\noffset -1, lowest confidence of a frame 0.25")
        .containsPattern(
            "frames 0 to 95:\\s+-0.20 at guidance 1.5, 0.00 at guidance 2 \\(kept\\),"
                + " no value at guidance 3")
        .contains("No stills: in/video.mp4: no such file or folder")
        .contains("1 of 400 segments\nneeded more than one attempt")
        .doesNotContain("<b>", "http:", "https:");
  }

  @Test
  void aBrowserShowsItWithoutOverlapsAndFetchesNothing() throws Exception {
    Path page = folder.resolve("looked at.html");
    Files.writeString(page, Files.readString(report).replace("</body>", LOOK + "</body>"));
    JsonNode seen = look(page);
    assertThat(seen.get("texts").asInt()).isGreaterThan(50);
    assertThat(seen.get("overlaps")).as("texts over one another").isEmpty();
    assertThat(seen.get("tooWide").asInt()).as("pixels outside the window").isNotPositive();
    assertThat(seen.get("tableScrolls").asBoolean()).isTrue();
    assertThat(seen.get("bars").toString()).isEqualTo("[2,400]");
    assertThat(seen.get("pictures").toString()).isEqualTo("[427,427]");
    assertThat(seen.get("fetched")).isEmpty();
    assertThat(seen.get("headings").get(0).asText()).isEqualTo("<b>Täl & king</b>");
  }

  /** Opens a page; returns what its script found. */
  private JsonNode look(Path page) throws Exception {
    Optional<Path> browser =
        Stream.of("chromium", "chromium-browser", "google-chrome")
            .map(name -> Path.of("/usr/bin", name))
            .filter(Files::isExecutable)
            .findFirst();
    if (browser.isEmpty()) {
      System.err.println("tests skipped: no Chromium to look at the report with");
    }
    assumeTrue(browser.isPresent(), "skipped: no Chromium to look at the report with");
    Process process =
        new ProcessBuilder(
                browser.get().toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--window-size=700,900",
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
