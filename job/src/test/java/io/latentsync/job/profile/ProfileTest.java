package io.latentsync.job.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.latentsync.job.metrics.RunMeasures;
import io.latentsync.job.metrics.StageUse;
import io.latentsync.model.estimate.OperatorTrial;
import io.latentsync.nn.torch.OperatorTime;
import io.latentsync.trace.Span;
import java.io.ByteArrayInputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/** Profiles of given measurements. */
final class ProfileTest {
  private static final long MIB = 1 << 20;

  @Test
  void meanAndDeviationAreThoseOfTheRuns() {
    Distribution three = Distribution.of(List.of(2.0, 4.0, 9.0));
    assertThat(three.mean()).isCloseTo(5, within(1e-12));
    // ((2 − 5)² + (4 − 5)² + (9 − 5)²) / 2 = 13
    assertThat(three.standardDeviation()).isCloseTo(Math.sqrt(13), within(1e-12));
    assertThat(Distribution.of(List.of(7.0))).isEqualTo(new Distribution(7, 0, List.of(7.0)));
    assertThatThrownBy(() -> Distribution.of(List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void stagesPartsAndStepsAreSummedByRun() {
    Profile profile = profile(true);

    assertThat(profile.sameOutput()).isTrue();
    assertThat(profile.totalSeconds().runs()).containsExactly(12.0, 9.0);
    Profile.StageProfile synthesise = profile.stages().get(1);
    assertThat(synthesise.name()).isEqualTo("synthesise");
    assertThat(synthesise.seconds().mean()).isCloseTo(9.5, within(1e-12));
    // A long task at 0.5 and, in either run, a short one at 1.
    assertThat(synthesise.machineLoad()).isCloseTo((0.5 * 3 + 1) / 4, within(1e-12));
    assertThat(synthesise.processCores()).isCloseTo((2.0 * 3 + 1) / 4, within(1e-12));
    assertThat(synthesise.peakHeapMib()).isEqualTo(300);
    assertThat(synthesise.peakResidentMib()).isEqualTo(4000);

    assertThat(profile.parts())
        .extracting(Profile.PartProfile::name)
        .containsExactly("synthesise", "denoise", "encode");
    Profile.PartProfile denoise = profile.parts().get(1);
    assertThat(denoise.callsPerRun()).isEqualTo(2);
    assertThat(denoise.seconds().runs()).containsExactly(4.0, 2.0);
    assertThat(denoise.callMillis()).isCloseTo(1500, within(1e-9));
    assertThat(denoise.callMillisDeviation())
        .isCloseTo(1000 * Math.sqrt(4 * 0.25 / 3), within(1e-9));

    assertThat(profile.steps()).extracting(Profile.StepProfile::step).containsExactly(0, 1);
    assertThat(profile.steps()).extracting(Profile.StepProfile::calls).containsExactly(4, 4);
    assertThat(profile.steps().get(0).millis().runs()).containsExactly(1000.0, 500.0);
    assertThat(profile.operators().get(0).share()).isCloseTo(0.75, within(1e-12));
  }

  @Test
  void simultaneousTasksHaveSeparateRowsWithTheirLanesBelow() {
    Timeline timeline =
        Timeline.of(
            List.of(
                span("plan", "task", Span.NONE, 0, 1),
                span("plan", "task", 1, 0, 1),
                span("synthesise", "task", 2, 2, 9),
                span("decode", "decode", 2, 3, 4),
                span("synthesise", "task", 3, 3, 8),
                span("stitch", "task", 4, 9, 10)));
    assertThat(timeline.rows())
        .extracting(Timeline.Row::label)
        .containsExactly("stages", "task 1", "decode 1", "task 2");
    assertThat(timeline.rows().get(1).bars())
        .extracting(Timeline.Bar::name)
        .containsExactly("plan", "synthesise", "stitch");
    Timeline.Bar decode = timeline.rows().get(2).bars().get(0);
    assertThat(decode.start()).isEqualTo(3);
    assertThat(decode.end()).isEqualTo(4);
  }

  @Test
  void missingMeasurementsAreNullInTheJsonAndNotDrawn() throws Exception {
    Profile profile = profile(false);
    JsonNode json = new ObjectMapper().readTree(ProfileJson.of(profile));
    assertThat(json.at("/stages/1/peakHeapMib").isNull()).isTrue();
    assertThat(json.at("/stages/1/seconds/runs/0").asDouble()).isEqualTo(11);
    assertThat(json.at("/timeline/rows/0/bars/0/name").asText()).isEqualTo("plan");
    assertThat(ProfileText.of(profile)).doesNotContain("NaN", "heap");
    assertThat(ProfileCharts.of(profile))
        .extracting(ChartPicture::name)
        .containsExactly("stage-time", "timeline");
  }

  @Test
  void theTextHasATableForEachKindOfMeasurement() {
    assertThat(ProfileText.of(profile(true)))
        .contains("2 runs, the first of which warms up, one output", "heap MiB")
        .containsPattern("synthesise +9\\.500 +2\\.121 +11\\.000 +63% +1\\.75 +300 +4000")
        .containsPattern("denoise +3\\.000 +1\\.414 +2\\.0 +1500\\.00 +577\\.35")
        .containsPattern("(?m)^1 +750\\.00 +353\\.55 +4$")
        .containsPattern("aten::linear +30\\.00 +75\\.0% +40\\.00 +12");
  }

  @Test
  void aSingleRunHasNoMeansAndDeviations() throws Exception {
    Profile profile =
        Profile.of(
            "talk",
            "dubbed.mp4",
            32,
            List.of(new RunMeasures(seconds(1, 11), spans(1), List.of(), List.of(), "abc")),
            Optional.empty());
    assertThat(ProfileText.of(profile))
        .contains("32 frames, 1 run, one output")
        .doesNotContain("±", "first s", "calls/run")
        .containsPattern("(?m)^total +12\\.000$")
        .containsPattern("(?m)^denoise +4\\.000 +2\\.0 +2000\\.00 +0\\.00$")
        .containsPattern("(?m)^1 +1000\\.00 +2$");
    for (ChartPicture chart : ProfileCharts.of(profile)) {
      assertThat(chart.caption()).doesNotContain("mean", "runs", "last");
      assertThat(chart.svg()).doesNotContain("±");
    }
  }

  @Test
  void theChartsArePicturesOfTheSameWidth() throws Exception {
    List<ChartPicture> charts = ProfileCharts.of(profile(true));
    assertThat(charts)
        .extracting(ChartPicture::name)
        .containsExactly("stage-time", "stage-memory", "timeline");
    for (ChartPicture chart : charts) {
      assertThat(ImageIO.read(new ByteArrayInputStream(chart.png())).getWidth()).isEqualTo(900);
      assertThat(chart.svg()).startsWith("<svg").endsWith("</svg>\n").contains("width=\"900px\"");
    }
  }

  private static Profile profile(boolean memory) {
    long heap = memory ? 300 * MIB : StageUse.NOT_MEASURED;
    long resident = memory ? 4000 * MIB : StageUse.NOT_MEASURED;
    List<StageUse> uses =
        List.of(
            new StageUse("plan", "driver", 1_000, 0.1, 1, heap, resident),
            new StageUse("synthesise", "1", 3_000, 0.5, 2, heap, resident),
            new StageUse("synthesise", "2", 1_000, 1, 1, heap - 1, resident - 1));
    return Profile.of(
        "talk",
        "dubbed.mp4",
        32,
        List.of(
            new RunMeasures(seconds(1, 11), spans(1), uses, List.of(), "abc"),
            new RunMeasures(seconds(1, 8), spans(0.5), uses, List.of(), "abc")),
        Optional.of(
            new OperatorTrial(
                2,
                List.of(
                    new OperatorTime("aten::linear", 12, 40, 30),
                    new OperatorTime("aten::addmm", 12, 10, 10)))));
  }

  private static Map<String, Double> seconds(double plan, double synthesise) {
    Map<String, Double> seconds = new LinkedHashMap<>();
    seconds.put("plan", plan);
    seconds.put("synthesise", synthesise);
    return seconds;
  }

  /** Two chunks of two steps. Each step takes {@code unit} seconds. */
  private static List<Span> spans(double unit) {
    return List.of(
        span("plan", "task", Span.NONE, 0, 1),
        span("synthesise", "task", 5, 1, 1 + 6 * unit),
        span("denoise", "task", 5, 1, 1 + 2 * unit),
        step(0, 1, unit),
        step(1, 1 + unit, unit),
        span("denoise", "task", 5, 1 + 2 * unit, 1 + 4 * unit),
        step(0, 1 + 2 * unit, unit),
        step(1, 1 + 3 * unit, unit),
        span("encode", "task", 5, 1 + 4 * unit, 1 + 5 * unit));
  }

  private static Span step(int step, double start, double seconds) {
    return new Span(
        "step", "task", "1", 5, "talk", 0, 0, step, nanos(start), nanos(start + seconds));
  }

  private static Span span(String name, String lane, long task, double start, double end) {
    return new Span(
        name,
        lane,
        task == Span.NONE ? "driver" : "1",
        task,
        "talk",
        Span.NONE,
        Span.NONE,
        Span.NONE,
        nanos(start),
        nanos(end));
  }

  private static long nanos(double seconds) {
    return Math.round(1e9 * seconds);
  }
}
