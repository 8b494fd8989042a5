package io.latentsync.job.profile;

import io.latentsync.job.metrics.GpuUse;
import java.util.List;
import java.util.Locale;

/** A profile as text tables, at most 100 characters wide. */
public final class ProfileText {
  private static final int MOST_OPERATORS = 20;

  private ProfileText() {}

  /** The text. */
  public static String of(Profile profile) {
    StringBuilder text = new StringBuilder();
    line(
        text,
        "profile of %s: %d frames, %s, %s",
        profile.request(),
        profile.frames(),
        profile.runs() == 1 ? "1 run" : profile.runs() + " runs, the first of which warms up",
        profile.sameOutput() ? "one output" : "DIFFERENT OUTPUTS");
    stages(text, profile);
    parts(text, profile.parts(), profile.runs() > 1);
    steps(text, profile.steps(), profile.runs() > 1);
    gpus(text, profile.gpus());
    operators(text, profile);
    return text.toString();
  }

  private static void stages(StringBuilder text, Profile profile) {
    boolean several = profile.runs() > 1;
    boolean memory =
        profile.stages().stream().anyMatch(stage -> Double.isFinite(stage.peakResidentMib()));
    line(
        text,
        "%n%-18s%s %8s %8s%s",
        "stage (wall time)",
        several ? format(" %10s %8s %10s", "mean s", "± s", "first s") : format(" %10s", "s"),
        "machine",
        "cores",
        memory ? "   heap MiB  resident MiB" : "");
    for (Profile.StageProfile stage : profile.stages()) {
      line(
          text,
          "%-18s%s %7.0f%% %8.2f%s",
          stage.name(),
          seconds(stage.seconds(), several),
          100 * stage.machineLoad(),
          stage.processCores(),
          memory ? format("%11.0f %13.0f", stage.peakHeapMib(), stage.peakResidentMib()) : "");
    }
    line(text, "%-18s%s", "total", seconds(profile.totalSeconds(), several));
  }

  /** Mean, deviation and value of the first run; only the value if there is a single run. */
  private static String seconds(Distribution seconds, boolean several) {
    return several
        ? format(
            " %10.3f %8.3f %10.3f",
            seconds.mean(), seconds.standardDeviation(), seconds.runs().get(0))
        : format(" %10.3f", seconds.mean());
  }

  private static void parts(StringBuilder text, List<Profile.PartProfile> parts, boolean several) {
    line(
        text,
        "%n%-18s%s %10s %12s %10s",
        "part (of all tasks)",
        several ? format(" %10s %8s", "mean s", "± s") : format(" %10s", "s"),
        several ? "calls/run" : "calls",
        "ms per call",
        "sd, ms");
    for (Profile.PartProfile part : parts) {
      line(
          text,
          "%-18s%s %10.1f %12.2f %10.2f",
          part.name(),
          format(" %11.3f", part.seconds().mean())
              + (several ? format(" %8.3f", part.seconds().standardDeviation()) : ""),
          part.callsPerRun(),
          part.callMillis(),
          part.callMillisDeviation());
    }
  }

  private static void steps(StringBuilder text, List<Profile.StepProfile> steps, boolean several) {
    if (steps.isEmpty()) {
      return;
    }
    line(
        text,
        "%n%-18s %10s%s %10s",
        "denoising step",
        "mean ms",
        several ? format(" %8s", "± ms") : "",
        "calls");
    for (Profile.StepProfile step : steps) {
      line(
          text,
          "%-18d %10.2f%s %10d",
          step.step() + 1,
          step.millis().mean(),
          several ? format(" %8.2f", step.millis().standardDeviation()) : "",
          step.calls());
    }
  }

  private static void gpus(StringBuilder text, List<GpuUse> gpus) {
    if (gpus.isEmpty()) {
      return;
    }
    line(
        text,
        "%n%-18s %-10s %-28s %8s %22s",
        "GPU in stage",
        "process",
        "GPU",
        "busy",
        "memory MiB");
    for (GpuUse gpu : gpus) {
      line(
          text,
          "%-18s %-10s %-28s %7.0f%% %12.0f of %6.0f",
          gpu.stage(),
          gpu.process(),
          gpu.index() + " " + gpu.name(),
          100 * gpu.utilisation(),
          gpu.peakMemoryMib(),
          gpu.memoryMib());
    }
  }

  private static void operators(StringBuilder text, Profile profile) {
    if (profile.operators().isEmpty()) {
      return;
    }
    line(
        text,
        "%n%-44s %10s %8s %10s %8s",
        format("operator (one chunk, %d steps)", profile.operatorSteps()),
        "self ms",
        "share",
        "total ms",
        "calls");
    profile.operators().stream()
        .limit(MOST_OPERATORS)
        .forEach(
            operator ->
                line(
                    text,
                    "%-44s %10.2f %7.1f%% %10.2f %8d",
                    operator.name(),
                    operator.selfMillis(),
                    100 * operator.share(),
                    operator.totalMillis(),
                    operator.calls()));
    if (profile.operators().size() > MOST_OPERATORS) {
      line(text, "and %d others", profile.operators().size() - MOST_OPERATORS);
    }
  }

  private static void line(StringBuilder text, String pattern, Object... values) {
    text.append(format(pattern, values)).append(System.lineSeparator());
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
