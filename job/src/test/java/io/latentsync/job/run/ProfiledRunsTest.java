package io.latentsync.job.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.latentsync.job.cli.DubCommand;
import io.latentsync.testing.NanoModels;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command with {@code --profile}, on real Spark in local mode. */
@Tag("slow")
final class ProfiledRunsTest {
  private static final int STEPS = 3;
  private static final double MIB = 1 << 20;

  @TempDir Path folder;

  @Test
  void profiledRunsRenderAgainWriteTheSameVideoAndReportTheirTimes() throws Exception {
    NanoModels nano = new NanoModels(Files.createDirectory(folder.resolve("inputs")));
    Path plain = Files.createDirectory(folder.resolve("plain")).resolve("dubbed.mp4");
    Path profiled = Files.createDirectory(folder.resolve("profiled")).resolve("dubbed.mp4");
    List<String> arguments = new ArrayList<>(nano.options());
    arguments.add("--video_path=" + nano.video(5));
    arguments.add("--audio_path=" + nano.speech(0.5));
    arguments.add("--inference_steps=" + STEPS);
    String plainText = run(arguments, "--video_out_path=" + plain);
    String text =
        run(
            arguments,
            "--video_out_path=" + profiled,
            "--profile",
            "--num_profile_runs=2",
            "--profile_memory");

    assertThat(profiled).hasSameBinaryContentAs(plain);
    assertThat(names(profiled.getParent()))
        .containsExactly("dubbed-profile", "dubbed.mp4", "dubbed.mp4.provenance.json");
    Path profile = profiled.resolveSibling("dubbed-profile");
    assertThat(names(profile))
        .containsExactly(
            "profile.json",
            "profile.txt",
            "recording.jfr",
            "report.html",
            "results.avro",
            "results.json",
            "results.jsonl",
            "stage-memory.png",
            "stage-time.png",
            "timeline.png");
    assertThat(text).contains(Files.readString(profile.resolve("profile.txt")));
    // A run does not use cached results of earlier runs.
    String cache =
        plainText.lines().filter(line -> line.startsWith("cache")).findAny().orElseThrow();
    assertThat(text.lines()).contains(cache);

    JsonNode json = new ObjectMapper().readTree(profile.resolve("profile.json").toFile());
    assertMeasured(json);
    assertNested(json.at("/timeline/rows"));
    assertDrawn(profile.resolve("stage-time.png"), 360);
    assertDrawn(profile.resolve("stage-memory.png"), 360);
    assertDrawn(profile.resolve("timeline.png"), 420);
    assertThat(Files.readString(profile.resolve("report.html")).split("<svg", -1))
        .as("between the pattern of gaps and the charts of sync, time, memory and timeline")
        .hasSize(1 + 5);
    assertRecorded(profile.resolve("recording.jfr"));
  }

  private static void assertMeasured(JsonNode json) {
    assertThat(json.get("runs").asInt()).isEqualTo(2);
    assertThat(json.get("frames").asInt()).isEqualTo(14);
    assertThat(json.get("sameOutput").asBoolean()).isTrue();
    assertThat(json.get("stages").findValuesAsText("name"))
        .containsSubsequence("plan", "analyse", "synthesise", "stitch");
    double[] totals = new double[2];
    for (JsonNode stage : json.get("stages")) {
      String name = stage.get("name").asText();
      assertDistribution(name, stage.get("seconds"));
      for (int run = 0; run < 2; run++) {
        totals[run] += stage.at("/seconds/runs/" + run).asDouble();
      }
      assertThat(stage.get("machineLoad").asDouble()).as(name).isBetween(0.0, 1.0);
      // In local mode, the process is that of the test.
      double heap = stage.get("peakHeapMib").asDouble();
      assertThat(heap).as(name).isBetween(5.0, Runtime.getRuntime().maxMemory() / MIB);
      assertThat(stage.get("peakResidentMib").asDouble()).as(name).isGreaterThan(heap);
      // The CPU time is counted in hundredths of a second, too coarse for short stages.
      double cores = stage.get("processCores").asDouble();
      assertThat(cores).as(name).isNotNegative();
      if (name.equals("synthesise")) {
        assertThat(cores).isBetween(0.01, Runtime.getRuntime().availableProcessors() + 0.1);
      }
    }
    assertThat(json.at("/totalSeconds/runs/0").asDouble()).isCloseTo(totals[0], within(1e-6));
    assertThat(json.at("/totalSeconds/runs/1").asDouble()).isCloseTo(totals[1], within(1e-6));
    assertThat(json.get("parts").findValuesAsText("name"))
        .contains("load models", "segment", "decode", "whisper", "VAE encode", "denoise")
        .contains("VAE decode", "paste", "encode");
    for (JsonNode part : json.get("parts")) {
      assertDistribution(part.get("name").asText(), part.get("seconds"));
    }
    assertThat(json.get("steps")).hasSize(STEPS);
    for (JsonNode step : json.get("steps")) {
      assertThat(step.get("calls").asInt()).as("one chunk in each of two runs").isEqualTo(2);
      assertDistribution("step", step.get("millis"));
    }
    double share = 0;
    for (JsonNode operator : json.get("operators")) {
      share += operator.get("share").asDouble();
    }
    assertThat(share).isCloseTo(1, within(1e-6));
    assertThat(json.get("operators").findValuesAsText("name"))
        .contains("aten::linear", "aten::group_norm");
  }

  private static void assertDistribution(String name, JsonNode measured) {
    double first = measured.at("/runs/0").asDouble();
    double second = measured.at("/runs/1").asDouble();
    assertThat(measured.get("runs")).as(name).hasSize(2);
    assertThat(Math.min(first, second)).as(name).isPositive();
    assertThat(measured.get("mean").asDouble())
        .as(name)
        .isCloseTo((first + second) / 2, within(1e-9 * (first + second)));
    assertThat(measured.get("standardDeviation").asDouble())
        .as(name)
        .isCloseTo(Math.abs(first - second) / Math.sqrt(2), within(1e-6 * (first + second)));
  }

  /** Checks that the bars of a row are disjoint or nested, and tasks inside their stages. */
  private static void assertNested(JsonNode rows) {
    assertThat(rows.get(0).get("label").asText()).isEqualTo("stages");
    Map<String, JsonNode> stages = new HashMap<>();
    rows.get(0).get("bars").forEach(stage -> stages.put(stage.get("name").asText(), stage));
    assertThat(stages).containsKeys("plan", "analyse", "synthesise", "stitch");
    for (JsonNode row : rows) {
      Deque<JsonNode> open = new ArrayDeque<>();
      for (JsonNode bar : row.get("bars")) {
        while (!open.isEmpty() && end(open.peek()) <= start(bar)) {
          open.pop();
        }
        assertThat(start(bar)).isLessThanOrEqualTo(end(bar));
        if (!open.isEmpty()) {
          assertThat(end(bar))
              .as("%s in %s", bar, open.peek())
              .isLessThanOrEqualTo(end(open.peek()));
        }
        open.push(bar);
        if (List.of("plan", "analyse", "synthesise", "stitch").contains(name(bar))) {
          JsonNode stage = stages.get(name(bar));
          assertThat(start(bar)).as("%s", bar).isGreaterThanOrEqualTo(start(stage));
          assertThat(end(bar)).as("%s", bar).isLessThanOrEqualTo(end(stage));
        }
      }
    }
  }

  private static String name(JsonNode bar) {
    return bar.get("name").asText();
  }

  private static double start(JsonNode bar) {
    return bar.get("start").asDouble();
  }

  private static double end(JsonNode bar) {
    return bar.get("end").asDouble();
  }

  private static void assertDrawn(Path png, int leastHeight) throws IOException {
    BufferedImage picture = ImageIO.read(png.toFile());
    assertThat(picture.getWidth()).as("%s", png).isEqualTo(900);
    assertThat(picture.getHeight()).as("%s", png).isBetween(leastHeight, 2000);
    long coloured = 0;
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        int rgb = picture.getRGB(x, y);
        coloured += (rgb >> 16 & 255) == (rgb & 255) ? 0 : 1;
      }
    }
    assertThat(coloured).as("coloured pixels of %s", png).isGreaterThan(2000);
  }

  private static void assertRecorded(Path recording) throws IOException {
    List<RecordedEvent> events = RecordingFile.readAllEvents(recording);
    assertThat(events).extracting(event -> event.getEventType().getName()).contains("jdk.CPULoad");
    assertThat(events)
        .filteredOn(event -> event.getEventType().getName().equals("io.latentsync.Span"))
        .filteredOn(event -> event.getString("name").equals("step"))
        .hasSize(2 * STEPS);
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  /** Runs the command, which must succeed. Returns its output. */
  private static String run(List<String> arguments, String... others) {
    List<String> all = new ArrayList<>(arguments);
    all.addAll(List.of(others));
    PrintStream before = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try {
      assertThat(DubCommand.run(all.toArray(String[]::new))).isZero();
    } finally {
      System.setOut(before);
    }
    return out.toString(StandardCharsets.UTF_8);
  }
}
