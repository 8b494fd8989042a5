package io.latentsync.train.head;

import static io.latentsync.train.head.HeadIdentity.mix;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Shape;
import java.awt.geom.Area;
import java.awt.geom.Path2D;
import java.awt.geom.RoundRectangle2D;

/**
 * Paints a mouth: the dark inside with teeth and tongue, and the lips around it.
 *
 * @param identity whose mouth
 * @param shade the skin's colour in the shade
 * @param bright the skin's colour in the light
 */
record MouthPainter(HeadIdentity identity, Color shade, Color bright) {
  /** Where closed lips meet. */
  private static final double LINE = 92;

  /** Distance of the lips at the widest opening, in pixels. */
  private static final double WIDEST = 36;

  void paint(Brush face, MouthShape mouth) {
    double open = mouth.opening();
    double round = mouth.rounding();
    double half = 33 * identity.mouthWidth() * (0.86 + 0.28 * mouth.width()) * (1 - 0.36 * round);
    double top = LINE - 0.16 * WIDEST * open;
    double bottom = LINE + 0.84 * WIDEST * open;
    double corner = LINE + 0.3 * WIDEST * open;
    // Lips that are stretched by the jaw or spread get thinner, rounded ones fuller.
    double full = identity.lips() * (1 + 0.3 * round - 0.18 * open - 0.15 * (mouth.width() - 0.5));
    double upperLip = 9.5 * full;
    double lowerLip = 12.5 * full;
    // Rounded openings are ovals, others have pointed corners.
    double bow = 0.55 + 0.25 * round;
    double inner = half - 3 * (1 - round) - 2;

    Path2D gap = new Path2D.Double();
    gap.moveTo(-inner, corner);
    gap.curveTo(-inner * bow, top + 0.1 * open, -inner * 0.4, top, 0, top + 0.6);
    gap.curveTo(inner * 0.4, top, inner * bow, top + 0.1 * open, inner, corner);
    gap.curveTo(inner * bow * 1.12, bottom, inner * 0.5, bottom, 0, bottom);
    gap.curveTo(-inner * 0.5, bottom, -inner * bow * 1.12, bottom, -inner, corner);
    gap.closePath();

    Path2D lips = new Path2D.Double();
    lips.moveTo(-half, corner);
    lips.curveTo(
        -half * 0.62,
        top - upperLip * 0.6,
        -half * 0.38,
        top - upperLip * 1.12,
        -half * 0.2,
        top - upperLip * 1.1);
    lips.curveTo(
        -half * 0.1,
        top - upperLip * 1.08,
        -half * 0.06,
        top - upperLip * 0.9,
        0,
        top - upperLip * 0.88);
    lips.curveTo(
        half * 0.06,
        top - upperLip * 0.9,
        half * 0.1,
        top - upperLip * 1.08,
        half * 0.2,
        top - upperLip * 1.1);
    lips.curveTo(
        half * 0.38, top - upperLip * 1.12, half * 0.62, top - upperLip * 0.6, half, corner);
    lips.curveTo(
        half * 0.72,
        bottom + lowerLip * 0.75,
        half * 0.45,
        bottom + lowerLip,
        0,
        bottom + lowerLip);
    lips.curveTo(
        -half * 0.45, bottom + lowerLip, -half * 0.72, bottom + lowerLip * 0.75, -half, corner);
    lips.closePath();

    face.soft(0, bottom + lowerLip + 5, 0.75 * half, 8, shade, 0.5);
    face.soft(-half - 2, corner, 9, 8, shade, 0.4);
    face.soft(half + 2, corner, 9, 8, shade, 0.4);
    face.soft(0, top - upperLip - 11, 5, 9, shade, 0.22);
    face.soft(0, top - upperLip * 1.3, 0.5 * half, 4, bright, 0.3);

    face.fill(lips, identity.lipColor());
    Graphics2D graphics = face.graphics();
    Shape clip = graphics.getClip();
    graphics.clip(lips);
    Color deep = mix(identity.lipColor(), new Color(0x300808), 0.55f);
    face.soft(0, top + 1, 1.1 * half, upperLip * 1.2, deep, 0.55);
    face.soft(0, bottom + lowerLip, 0.9 * half, lowerLip * 0.5, deep, 0.45);
    face.soft(
        5 * identity.light(), bottom + 0.45 * lowerLip, 0.5 * half, 0.38 * lowerLip, bright, 0.5);
    face.soft(4 * identity.light(), top - 0.75 * upperLip, 0.4 * half, 2.5, bright, 0.25);
    graphics.setClip(clip);

    if (open > 0) {
      face.fill(gap, new Color(0x1E0707));
      paintInside(face, gap, mouth, inner, top, bottom);
      face.line(gap, 1.4, Brush.alpha(deep, 0.7));
    }
    // The line where the lips meet; with an open mouth only its corners are visible.
    double seam = Math.max(0, 1 - open / 0.12);
    Path2D meeting =
        Brush.curve(
            false,
            -half,
            corner + 0.5,
            -0.5 * half,
            LINE,
            -0.14 * half,
            LINE - 0.8,
            0,
            LINE + 1,
            0.14 * half,
            LINE - 0.8,
            0.5 * half,
            LINE,
            half,
            corner + 0.5);
    face.line(meeting, 2, Brush.alpha(new Color(0x3A0E0E), 0.85 * seam));
  }

  private static void paintInside(
      Brush face, Shape gap, MouthShape mouth, double half, double top, double bottom) {
    Graphics2D graphics = face.graphics();
    double height = bottom - top;
    if (mouth.tongue() > 0) {
      Area tongue = new Area(gap);
      double rise = (0.25 + 0.5 * mouth.tongue()) * height;
      tongue.intersect(
          new Area(
              new RoundRectangle2D.Double(
                  -0.62 * half, bottom - rise, 1.24 * half, rise + 30, 0.9 * half, 1.4 * rise)));
      face.fill(tongue, new Color(0x9C4A4C));
    }
    if (mouth.teeth() > 0) {
      Color enamel = new Color(0xE6DFD3);
      double show = Math.min(0.62 * height, 2 + 8 * mouth.teeth());
      Area upper = new Area(gap);
      upper.intersect(
          new Area(
              new RoundRectangle2D.Double(-0.78 * half, top - 20, 1.56 * half, 20 + show, 8, 6)));
      face.fill(upper, Brush.alpha(enamel, Math.min(1, 0.35 + mouth.teeth())));
      if (mouth.teeth() > 0.5) {
        double below = Math.min(0.3 * height, 5 * (mouth.teeth() - 0.5));
        Area lower = new Area(gap);
        lower.intersect(
            new Area(
                new RoundRectangle2D.Double(-0.62 * half, bottom - below, 1.24 * half, 30, 8, 4)));
        face.fill(lower, mix(enamel, new Color(0x806050), 0.2f));
      }
    }
    // The lips' shadow on the inside of the mouth.
    Shape clip = graphics.getClip();
    graphics.clip(gap);
    face.soft(-half, top + 0.4 * height, 0.5 * half, height, new Color(0x180404), 0.8);
    face.soft(half, top + 0.4 * height, 0.5 * half, height, new Color(0x180404), 0.8);
    face.soft(0, top, half, Math.min(7, 0.5 * height), new Color(0x180404), 0.5);
    graphics.setClip(clip);
  }
}
