package io.latentsync.train.head;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.MultipleGradientPaint.ColorSpaceType;
import java.awt.MultipleGradientPaint.CycleMethod;
import java.awt.RadialGradientPaint;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Point2D;

/** The brush strokes for painting a head. */
final class Brush {
  private static final float[] STOPS = {0, 0.2f, 0.4f, 0.6f, 0.8f, 1};

  private final Graphics2D graphics;

  Brush(Graphics2D graphics) {
    this.graphics = graphics;
  }

  Graphics2D graphics() {
    return graphics;
  }

  void fill(Shape shape, Color color) {
    graphics.setColor(color);
    graphics.fill(shape);
  }

  void ellipse(double x, double y, double radiusX, double radiusY, Color color) {
    fill(new Ellipse2D.Double(x - radiusX, y - radiusY, 2 * radiusX, 2 * radiusY), color);
  }

  void line(Shape shape, double thickness, Color color) {
    graphics.setStroke(
        new BasicStroke((float) thickness, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    graphics.setColor(color);
    graphics.draw(shape);
  }

  /** A spot without an edge: full in its centre, nothing at its radii. */
  void soft(double x, double y, double radiusX, double radiusY, Color color, double alpha) {
    Color[] colors = new Color[STOPS.length];
    for (int i = 0; i < STOPS.length; i++) {
      double fall = (1 + Math.cos(Math.PI * STOPS[i])) / 2;
      colors[i] = alpha(color, alpha * fall);
    }
    AffineTransform toSpot = AffineTransform.getTranslateInstance(x, y);
    toSpot.scale(radiusX, radiusY);
    graphics.setPaint(
        new RadialGradientPaint(
            new Point2D.Float(0, 0),
            1,
            new Point2D.Float(0, 0),
            STOPS,
            colors,
            CycleMethod.NO_CYCLE,
            ColorSpaceType.SRGB,
            toSpot));
    graphics.fill(new Ellipse2D.Double(x - radiusX, y - radiusY, 2 * radiusX, 2 * radiusY));
  }

  static Color alpha(Color color, double alpha) {
    return new Color(
        color.getRed(),
        color.getGreen(),
        color.getBlue(),
        (int) Math.round(255 * Math.max(0, Math.min(1, alpha))));
  }

  /** A smooth curve (Catmull and Rom 1974) through points given as x, y, x, y, … */
  static Path2D curve(boolean closed, double... points) {
    int n = points.length / 2;
    Path2D path = new Path2D.Double();
    path.moveTo(points[0], points[1]);
    for (int i = 0; i < (closed ? n : n - 1); i++) {
      int before = neighbour(i - 1, n, closed);
      int next = neighbour(i + 1, n, closed);
      int after = neighbour(i + 2, n, closed);
      path.curveTo(
          points[2 * i] + (points[2 * next] - points[2 * before]) / 6,
          points[2 * i + 1] + (points[2 * next + 1] - points[2 * before + 1]) / 6,
          points[2 * next] - (points[2 * after] - points[2 * i]) / 6,
          points[2 * next + 1] - (points[2 * after + 1] - points[2 * i + 1]) / 6,
          points[2 * next],
          points[2 * next + 1]);
    }
    if (closed) {
      path.closePath();
    }
    return path;
  }

  private static int neighbour(int i, int n, boolean closed) {
    return closed ? Math.floorMod(i, n) : Math.max(0, Math.min(n - 1, i));
  }

  /** A closed curve that is the same left and right; the points run down its right half. */
  static Path2D symmetric(double... rightHalf) {
    int n = rightHalf.length / 2;
    double[] all = new double[4 * (n - 1)];
    for (int i = 0; i < n; i++) {
      all[2 * i] = rightHalf[2 * i];
      all[2 * i + 1] = rightHalf[2 * i + 1];
    }
    for (int i = n - 2; i > 0; i--) {
      int at = 2 * (2 * n - 2 - i);
      all[at] = -rightHalf[2 * i];
      all[at + 1] = rightHalf[2 * i + 1];
    }
    return curve(true, all);
  }
}
