package io.latentsync.job.profile;

import java.awt.Color;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.Styler;

/** Bar charts of the stages' time and memory. */
final class StageCharts {
  private static final int HEIGHT = 360;
  private static final Color TIME = new Color(0x2b6cb0);
  private static final Color HEAP = new Color(0x2f7d4f);
  private static final Color RESIDENT = new Color(0xb7791f);

  private StageCharts() {}

  /**
   * Time of each stage. With several runs, it is the mean of the runs, with error bars of one
   * standard deviation.
   */
  static CategoryChart time(Profile profile) {
    CategoryChart chart = chart("Time by stage", "wall time, s");
    chart.getStyler().setSeriesColors(new Color[] {TIME});
    chart.getStyler().setLegendVisible(false);
    List<Double> means = values(profile, stage -> stage.seconds().mean());
    if (profile.runs() == 1) {
      chart.addSeries(
          "time",
          labels(profile, stage -> format("%s: %.2f s", stage.name(), stage.seconds().mean())),
          means);
    } else {
      chart.addSeries(
          "time",
          labels(
              profile,
              stage ->
                  format(
                      "%s: %.2f ± %.2f s",
                      stage.name(), stage.seconds().mean(), stage.seconds().standardDeviation())),
          means,
          values(profile, stage -> stage.seconds().standardDeviation()));
    }
    return chart;
  }

  /** Peak memory of the process with the highest peak. */
  static CategoryChart memory(Profile profile) {
    CategoryChart chart = chart("Peak memory by stage", "memory of a process, MiB");
    chart.getStyler().setSeriesColors(new Color[] {HEAP, RESIDENT});
    chart.getStyler().setYAxisDecimalPattern("#,##0");
    List<String> labels =
        labels(
            profile,
            stage ->
                format(
                    "%s: %,.0f, %,.0f MiB",
                    stage.name(), stage.peakHeapMib(), stage.peakResidentMib()));
    chart.addSeries("Java heap", labels, values(profile, Profile.StageProfile::peakHeapMib));
    chart.addSeries(
        "resident, with native memory",
        labels,
        values(profile, Profile.StageProfile::peakResidentMib));
    return chart;
  }

  private static CategoryChart chart(String title, String unit) {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(ChartPicture.WIDTH)
            .height(HEIGHT)
            .title(title)
            .yAxisTitle(unit)
            .build();
    ChartPicture.style(chart.getStyler());
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideS);
    chart.getStyler().setLegendLayout(Styler.LegendLayout.Horizontal);
    chart.getStyler().setAvailableSpaceFill(0.5);
    chart.getStyler().setYAxisMin(0.0);
    chart.getStyler().setPlotGridVerticalLinesVisible(false);
    return chart;
  }

  /** Axis labels with the values, because a low bar has no space for its value. */
  private static List<String> labels(
      Profile profile, Function<Profile.StageProfile, String> label) {
    return profile.stages().stream().map(label).toList();
  }

  private static List<Double> values(
      Profile profile, ToDoubleFunction<Profile.StageProfile> measure) {
    List<Double> values = new ArrayList<>();
    profile.stages().forEach(stage -> values.add(measure.applyAsDouble(stage)));
    return values;
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
