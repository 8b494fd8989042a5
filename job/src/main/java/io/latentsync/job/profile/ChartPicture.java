package io.latentsync.job.profile;

import java.awt.Color;
import java.awt.Font;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.AxesChartStyler;

/**
 * A chart as picture files.
 *
 * @param name file name without extension
 * @param caption caption of the chart
 * @param png the picture
 * @param svg the chart as an SVG element for an HTML page
 */
public record ChartPicture(String name, String caption, byte[] png, String svg) {

  static final int WIDTH = 900;

  /** Renders a chart in both formats. */
  static ChartPicture of(String name, String caption, Chart<?, ?> chart) throws IOException {
    ByteArrayOutputStream svg = new ByteArrayOutputStream();
    VectorGraphicsEncoder.saveVectorGraphic(
        chart, svg, VectorGraphicsEncoder.VectorGraphicsFormat.SVG);
    String document = svg.toString(StandardCharsets.UTF_8);
    return new ChartPicture(
        name,
        caption,
        BitmapEncoder.getBitmapBytes(chart, BitmapEncoder.BitmapFormat.PNG),
        document.substring(document.indexOf("<svg")));
  }

  /** The common style of all charts. */
  static void style(AxesChartStyler styler) {
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setPlotBackgroundColor(Color.WHITE);
    styler.setPlotBorderVisible(false);
    styler.setLegendBorderColor(Color.WHITE);
    Font font = new Font(Font.SANS_SERIF, Font.PLAIN, 12);
    styler.setAxisTickLabelsFont(font);
    styler.setLegendFont(font);
    styler.setAxisTitleFont(font);
    styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 14));
  }
}
