package io.latentsync.job.profile;

import java.awt.BasicStroke;
import java.awt.Color;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * A chart of a {@link Timeline}: bars for each row, with a colour for each name. Spans that contain
 * others are grey, and the nested spans are drawn on them. Denoising steps are not drawn, because
 * they are contiguous.
 */
final class TimelineChart {
  private static final int ROW_HEIGHT = 28;
  private static final int AROUND = 100;

  /** Height of a legend with all names. */
  private static final int LEAST_HEIGHT = 420;

  private static final int MOST_ROWS = 40;
  private static final float THICKEST = 20;

  /** A nested bar is thinner by this factor. */
  private static final float THINNER = 5;

  private static final float THINNEST = 8;
  private static final Color[] GREYS = {
    new Color(0xdde2e7),
    new Color(0xc3ccd4),
    new Color(0xa9b4be),
    new Color(0x8f9ca8),
    new Color(0x768492),
  };

  /** Colours in order of appearance; repeated after the last. */
  private static final Color[] COLOURS = {
    new Color(0x9c6ade),
    new Color(0x2b6cb0),
    new Color(0xdd6b20),
    new Color(0x00a36c),
    new Color(0xe6194b),
    new Color(0xecc94b),
    new Color(0x42d4f4),
    new Color(0x9a6324),
    new Color(0xed64a6),
    new Color(0xbfef45),
    new Color(0x000075),
    new Color(0x808000),
    new Color(0x800000),
    new Color(0x319795),
    new Color(0xfabed4),
    new Color(0x000000),
    new Color(0xf032e6),
    new Color(0xaaffc3),
    new Color(0xffd8b1),
  };

  private TimelineChart() {}

  /** The style of a bar: its name determines the colour, its depth the thickness. */
  private record BarStyle(String name, int depth) {}

  /** The points of bars of one style: from, to, gap, from, to, gap, … */
  private static final class Line {
    private final List<Double> x = new ArrayList<>();
    private final List<Double> y = new ArrayList<>();

    void add(Timeline.Bar bar, int row) {
      x.addAll(List.of(bar.start(), bar.end(), bar.end()));
      y.addAll(List.of((double) row, (double) row, Double.NaN));
    }
  }

  static XYChart of(Timeline timeline) {
    List<Timeline.Row> rows =
        timeline.rows().subList(0, Math.min(MOST_ROWS, timeline.rows().size()));
    int hidden = timeline.rows().size() - rows.size();
    XYChart chart =
        new XYChartBuilder()
            .width(ChartPicture.WIDTH)
            .height(Math.max(LEAST_HEIGHT, AROUND + ROW_HEIGHT * rows.size()))
            .title("Timeline of the last run" + (hidden > 0 ? ", without " + hidden + " rows" : ""))
            .xAxisTitle("time since the beginning, s")
            .build();
    ChartPicture.style(chart.getStyler());
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
    chart.getStyler().setXAxisMin(0.0);
    chart.getStyler().setYAxisMin(-0.7).setYAxisMax(rows.size() - 0.3);
    chart.getStyler().setPlotGridHorizontalLinesVisible(false);
    chart.getStyler().setAxisTicksMarksVisible(false);
    chart.getStyler().setYAxisTickMarkSpacingHint(ROW_HEIGHT / 2);
    chart.getStyler().setyAxisTickLabelsFormattingFunction(at -> label(rows, at));

    Map<BarStyle, Line> lines = new LinkedHashMap<>();
    Set<String> outer = new LinkedHashSet<>();
    for (int i = 0; i < rows.size(); i++) {
      List<Timeline.Bar> open = new ArrayList<>();
      for (Timeline.Bar bar : rows.get(i).bars()) {
        if (bar.step() >= 0) {
          continue;
        }
        open.removeIf(before -> before.end() <= bar.start());
        open.forEach(around -> outer.add(around.name()));
        // The first row is at the top.
        lines
            .computeIfAbsent(new BarStyle(bar.name(), open.size()), style -> new Line())
            .add(bar, rows.size() - 1 - i);
        open.add(bar);
      }
    }
    Map<String, Color> colours = colours(lines.keySet(), outer);
    lines.entrySet().stream()
        .sorted(Map.Entry.comparingByKey(Comparator.comparingInt(BarStyle::depth)))
        .forEach(line -> draw(chart, line.getKey(), line.getValue(), colours));
    return chart;
  }

  /** The label at a position of the vertical axis. */
  private static String label(List<Timeline.Row> rows, double at) {
    int row = rows.size() - 1 - (int) Math.round(at);
    boolean between = Math.abs(at - Math.round(at)) > 1e-6;
    // There are no labels between rows, but XChart removes ticks until all labels differ.
    return between || row < 0 || row >= rows.size()
        ? " ".repeat(1 + Math.floorMod(Math.round(10 * at), 10 * MOST_ROWS))
        : rows.get(row).label();
  }

  private static Map<String, Color> colours(Set<BarStyle> styles, Set<String> outer) {
    Map<String, Color> colours = new LinkedHashMap<>();
    int greys = 0;
    int others = 0;
    for (BarStyle style : styles) {
      if (!colours.containsKey(style.name())) {
        colours.put(
            style.name(),
            outer.contains(style.name())
                ? GREYS[greys++ % GREYS.length]
                : COLOURS[others++ % COLOURS.length]);
      }
    }
    return colours;
  }

  private static void draw(XYChart chart, BarStyle style, Line line, Map<String, Color> colours) {
    boolean known = chart.getSeriesMap().containsKey(style.name());
    XYSeries series =
        chart.addSeries(
            known ? style.name() + ", " + style.depth() : style.name(),
            line.x.stream().mapToDouble(Double::doubleValue).toArray(),
            line.y.stream().mapToDouble(Double::doubleValue).toArray());
    series.setShowInLegend(!known);
    series.setMarker(SeriesMarkers.NONE);
    series.setLineColor(colours.get(style.name()));
    series.setLineStyle(
        new BasicStroke(
            Math.max(THINNEST, THICKEST - THINNER * style.depth()),
            BasicStroke.CAP_BUTT,
            BasicStroke.JOIN_MITER));
  }
}
