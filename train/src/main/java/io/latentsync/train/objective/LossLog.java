package io.latentsync.train.objective;

import java.awt.Color;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The losses of a training in a CSV file, one line per step, with a plot. */
public final class LossLog implements AutoCloseable {
  private static final String HEAD = "step,loss,gradient_norm,learning_rate";

  /** The maximum number of points of the curve; more would not be visible. */
  private static final int MOST_POINTS = 300;

  private static final int WIDTH = 900;
  private static final int HEIGHT = 500;

  private final Path csv;
  private final BufferedWriter writer;
  private boolean empty;

  private LossLog(Path csv, BufferedWriter writer, boolean empty) {
    this.csv = csv;
    this.writer = writer;
    this.empty = empty;
  }

  /**
   * Opens a log to append to. Lines that an interrupted run logged after its last saved state are
   * dropped.
   *
   * @param step the next step
   * @throws IOException if the file cannot be read or written
   */
  public static LossLog open(Path csv, long step) throws IOException {
    Files.createDirectories(csv.toAbsolutePath().getParent());
    List<String> lines = new ArrayList<>(List.of(HEAD));
    if (Files.exists(csv)) {
      lines.addAll(before(step, csv));
    }
    WholeText.write(csv, lines);
    return new LossLog(
        csv,
        Files.newBufferedWriter(csv, StandardOpenOption.APPEND),
        lines.stream().skip(1).noneMatch(LossLog::isFinite));
  }

  private static List<String> before(long step, Path csv) throws IOException {
    try {
      // A killed run may have written a part of its last line.
      String text = Files.readString(csv);
      return text.substring(0, text.lastIndexOf('\n') + 1)
          .lines()
          .skip(1)
          .filter(line -> Long.parseLong(line.substring(0, line.indexOf(','))) < step)
          .toList();
    } catch (CharacterCodingException | NumberFormatException | StringIndexOutOfBoundsException e) {
      throw new IOException(csv + ": is not the log of a training; remove it", e);
    }
  }

  private static boolean isFinite(String line) {
    String[] fields = line.split(",", -1);
    try {
      return fields.length > 1 && Double.isFinite(Double.parseDouble(fields[1]));
    } catch (NumberFormatException e) {
      return false;
    }
  }

  /** Whether there is no finite loss, and so nothing to {@link #plot}. */
  public boolean isEmpty() {
    return empty;
  }

  public void add(Training.Report report) throws IOException {
    empty &= !Double.isFinite(report.loss());
    writer.write(
        String.format(
            Locale.ROOT,
            "%d,%.6g,%.4g,%.4g%n",
            report.step(),
            report.loss(),
            report.gradientNorm(),
            report.learningRate()));
  }

  /** Writes all logged lines to the file. */
  public void flush() throws IOException {
    writer.flush();
  }

  /**
   * Plots the logged losses, smoothed, on a logarithmic axis.
   *
   * @param png the picture to write
   * @throws IOException if it cannot be written, or nothing has been logged
   */
  public void plot(Path png, String title) throws IOException {
    writer.flush();
    List<double[]> points = new ArrayList<>();
    for (String line : Files.readAllLines(csv).stream().skip(1).toList()) {
      String[] fields = line.split(",", -1);
      double loss = Double.parseDouble(fields[1]);
      // A training tolerates a few steps without a finite loss.
      if (Double.isFinite(loss)) {
        points.add(new double[] {Double.parseDouble(fields[0]), loss});
      }
    }
    if (points.isEmpty()) {
      throw new IOException(csv + ": nothing to draw, there is no finite loss in it");
    }
    int each = Math.max(1, points.size() / MOST_POINTS);
    double[] steps = new double[points.size() / each];
    double[] losses = new double[points.size() / each];
    for (int i = 0; i < steps.length * each; i++) {
      steps[i / each] += points.get(i)[0] / each;
      losses[i / each] += points.get(i)[1] / each;
    }
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle("step")
            .yAxisTitle("loss")
            .build();
    chart.getStyler().setYAxisLogarithmic(true).setYAxisLogarithmicDecadeOnly(false);
    chart.getStyler().setXAxisTickMarkSpacingHint(100).setXAxisMin(0.0);
    chart.getStyler().setXAxisDecimalPattern("#,##0").setLegendVisible(false);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    XYSeries curve = chart.addSeries("loss", steps, losses);
    curve.setMarker(SeriesMarkers.NONE);
    BitmapEncoder.saveBitmap(chart, png.toString(), BitmapEncoder.BitmapFormat.PNG);
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}
