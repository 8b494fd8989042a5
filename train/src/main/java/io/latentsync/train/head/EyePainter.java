package io.latentsync.train.head;

import static io.latentsync.train.head.HeadIdentity.mix;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Shape;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.util.Random;

/**
 * Paints an eye with its lids and its brow.
 *
 * @param identity whose eye
 * @param shade the skin's colour in the shade
 * @param bright the skin's colour in the light
 */
record EyePainter(HeadIdentity identity, Color shade, Color bright) {

  /**
   * Paints one eye.
   *
   * @param side −1 the viewer's left, 1 the right
   * @param blink 0 open … 1 shut
   */
  void paint(Brush face, int side, double blink) {
    double x = side * 42 * identity.eyeSpacing();
    double size = identity.eyeSize();
    double half = 19 * size;
    face.soft(x - side * 10, -6, 30, 22, shade, 0.45);
    face.soft(x, -12, 26, 8, bright, 0.22);
    face.soft(x, 17, 24, 8, shade, 0.24);

    double upper = -8.5 * size * (1 - blink) + 4 * blink;
    double lower = 6 * size * (1 - 0.3 * blink);
    double inner = x - side * half;
    double outer = x + side * half;
    Path2D upperLid =
        Brush.curve(
            false,
            inner,
            2.5,
            x - side * 0.4 * half,
            0.75 * upper,
            x + side * 0.15 * half,
            upper,
            outer,
            -0.5);
    Path2D eye = new Path2D.Double(upperLid);
    eye.curveTo(
        x + side * 0.6 * half, lower * 1.15, x - side * 0.5 * half, lower * 1.3, inner, 2.5);
    eye.closePath();
    if (blink < 0.9) {
      paintEyeball(face, eye, x, size);
    }
    face.line(upperLid, 2.6, Brush.alpha(new Color(0x1E1210), 0.9));
    face.line(new Line2D.Double(outer, -0.5, outer + side * 3.5, -3), 1.8, new Color(0x1E1210));
    Path2D crease =
        Brush.curve(false, inner + side * 4, -6, x, -13.5 * size + 4 * blink, outer + side, -5);
    face.line(crease, 1.6, Brush.alpha(shade, 0.55));
    Path2D lowerLid = Brush.curve(false, inner, 2.5, x, lower, outer, 0);
    face.line(lowerLid, 1.2, Brush.alpha(shade, 0.5));
    paintBrow(face, side);
  }

  private void paintEyeball(Brush face, Shape opening, double x, double size) {
    Graphics2D graphics = face.graphics();
    face.fill(opening, new Color(0xEFEAE6));
    Shape clip = graphics.getClip();
    graphics.clip(opening);
    Color rim = mix(identity.iris(), Color.BLACK, 0.6f);
    face.ellipse(x, -1, 9 * size, 9 * size, rim);
    face.ellipse(x, -1, 7.8 * size, 7.8 * size, identity.iris());
    face.soft(x, 3, 7 * size, 5 * size, mix(identity.iris(), Color.WHITE, 0.5f), 0.6);
    face.ellipse(x, -1, 3.9 * size, 3.9 * size, new Color(0x0C0807));
    face.soft(x, -9 * size, 20 * size, 7 * size, new Color(0x301C18), 0.7);
    face.ellipse(x + 3 * Math.signum(identity.light()), -4, 2, 2, new Color(0xFFFFFF));
    graphics.setClip(clip);
  }

  private void paintBrow(Brush face, int side) {
    double spacing = identity.eyeSpacing();
    double thick = 4.6 * identity.browThickness();
    double drop = identity.browTilt();
    double[] x = {20 * spacing, 38 * spacing, 55 * spacing, 70 * spacing};
    double[] y = {-26, -32, -34, -27 + drop};
    Path2D brow =
        Brush.curve(
            true,
            side * x[0],
            y[0] - thick,
            side * x[1],
            y[1] - thick,
            side * x[2],
            y[2] - 0.6 * thick,
            side * x[3],
            y[3],
            side * x[2],
            y[2] + 0.6 * thick,
            side * x[1],
            y[1] + thick,
            side * x[0],
            y[0] + thick);
    face.fill(brow, Brush.alpha(identity.brow(), 0.62));
    Random random = Seeds.random(identity.seed(), "brow");
    for (int i = 0; i < 70; i++) {
      double t = 2.95 * random.nextDouble();
      int from = (int) t;
      double u = t - from;
      double across = (1 - 0.25 * t) * thick * (2 * random.nextDouble() - 1);
      double startX = side * (x[from] + u * (x[from + 1] - x[from]));
      double startY = y[from] + u * (y[from + 1] - y[from]) + across;
      double length = 5 + 4 * random.nextDouble();
      face.line(
          new Line2D.Double(startX, startY, startX + side * length, startY - 3 + 2 * t),
          1.1,
          Brush.alpha(identity.brow(), 0.75));
    }
  }
}
