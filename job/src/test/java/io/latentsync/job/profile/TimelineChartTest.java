package io.latentsync.job.profile;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.profile.Timeline.Bar;
import io.latentsync.job.profile.Timeline.Row;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;

/** Checks the colours of points in the drawn chart. */
final class TimelineChartTest {
  private static final int WHITE = 0xffffff;
  private static final int LIGHT_GREY = 0xdde2e7;
  private static final int PURPLE = 0x9c6ade;
  private static final int BLUE = 0x2b6cb0;

  private static Bar bar(String name, double start, double end) {
    return new Bar(name, start, end, -1, -1, -1);
  }

  @Test
  void barsAreInTheirRowsAndNestedOnesOnTop() {
    Timeline timeline =
        new Timeline(
            List.of(
                new Row("stages", List.of(bar("plan", 0, 2), bar("synthesise", 2, 10))),
                new Row(
                    "task 1",
                    List.of(
                        bar("synthesise", 2, 9),
                        bar("decode", 3, 5),
                        new Bar("step", 6, 7, 0, 0, 1)))));
    XYChart chart = TimelineChart.of(timeline);
    BufferedImage picture = BitmapEncoder.getBufferedImage(chart);

    assertThat(colour(chart, picture, 1.3, 1)).as("plan").isEqualTo(PURPLE);
    assertThat(colour(chart, picture, 9.5, 1))
        .as("the stage with a nested span")
        .isEqualTo(LIGHT_GREY);
    assertThat(colour(chart, picture, 1.3, 0)).as("before the task").isEqualTo(WHITE);
    assertThat(colour(chart, picture, 2.5, 0)).as("the task").isEqualTo(LIGHT_GREY);
    assertThat(colour(chart, picture, 4, 0)).as("its nested span").isEqualTo(BLUE);
    assertThat(colour(chart, picture, 6.5, 0)).as("a denoising step").isEqualTo(LIGHT_GREY);
    assertThat(colour(chart, picture, 9.5, 0)).as("after the task").isEqualTo(WHITE);
    assertThat(chart.getSeriesMap()).containsOnlyKeys("plan", "synthesise", "decode");
    assertThat(chart.getTitle()).isEqualTo("Timeline of the last run");
  }

  @Test
  void partsHaveDistinctColours() {
    List<Bar> bars = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      bars.add(bar("stage " + i, 10 * i, 10 * i + 10));
      for (int j = 0; j < 4; j++) {
        bars.add(bar("part " + (4 * i + j) % 19, 10 * i + 2 * j + 1, 10 * i + 2 * j + 2));
      }
    }
    XYChart chart = TimelineChart.of(new Timeline(List.of(new Row("task", bars))));
    assertThat(chart.getSeriesMap()).hasSize(5 + 19);
    assertThat(chart.getSeriesMap().values())
        .extracting(series -> series.getLineColor())
        .doesNotHaveDuplicates();
  }

  @Test
  void theTimelineShowsFortyRowsAndCountsTheOthers() {
    List<Row> rows = Collections.nCopies(43, new Row("task", List.of(bar("decode", 1, 2))));
    XYChart chart = TimelineChart.of(new Timeline(rows));
    BufferedImage picture = BitmapEncoder.getBufferedImage(chart);
    assertThat(chart.getTitle()).isEqualTo("Timeline of the last run, without 3 rows");
    assertThat(picture.getHeight()).isEqualTo(100 + 28 * 40);
    for (int row = 0; row < 40; row++) {
      assertThat(colour(chart, picture, 1.5, row)).as("row %d", row).isEqualTo(PURPLE);
    }
  }

  /** The colour at a time in a row, counted from the bottom. */
  private static int colour(XYChart chart, BufferedImage picture, double seconds, double row) {
    int x = (int) Math.round(chart.getScreenXFromChart(seconds));
    int y = (int) Math.round(chart.getScreenYFromChart(row));
    return picture.getRGB(x, y) & WHITE;
  }
}
