package io.latentsync.job.profile;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The charts of a profile. */
public final class ProfileCharts {
  private static final String TIME = "stage-time";
  private static final String MEMORY = "stage-memory";
  private static final String TIMELINE = "timeline";

  /** The names of all possible charts. */
  public static final List<String> NAMES = List.of(TIME, MEMORY, TIMELINE);

  private ProfileCharts() {}

  /**
   * Draws the stages' time, the timeline of the last run and, if measured, the stages' memory.
   *
   * @throws IOException if a chart cannot be drawn
   */
  public static List<ChartPicture> of(Profile profile) throws IOException {
    List<ChartPicture> charts = new ArrayList<>();
    charts.add(
        ChartPicture.of(
            TIME,
            profile.runs() == 1
                ? "Wall time of each stage"
                : "Wall time of each stage: the mean of %d runs and the standard deviation"
                    .formatted(profile.runs()),
            StageCharts.time(profile)));
    if (profile.stages().stream().anyMatch(stage -> Double.isFinite(stage.peakResidentMib()))) {
      charts.add(
          ChartPicture.of(
              MEMORY,
              "Peak memory of a process in each stage"
                  + (profile.runs() == 1 ? "" : ", of all runs"),
              StageCharts.memory(profile)));
    }
    charts.add(
        ChartPicture.of(
            TIMELINE,
            "Timeline of the %s: the stages, then the simultaneous tasks, each with its threads"
                .formatted(profile.runs() == 1 ? "run" : "last run"),
            TimelineChart.of(profile.timeline())));
    return charts;
  }
}
