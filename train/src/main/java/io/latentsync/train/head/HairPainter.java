package io.latentsync.train.head;

import static io.latentsync.train.head.HeadIdentity.mix;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Shape;
import java.awt.geom.Path2D;
import java.awt.geom.QuadCurve2D;
import java.util.Random;

/**
 * Paints the hair: a part behind the head and a part in front of the forehead.
 *
 * @param identity whose hair
 * @param shade the skin's colour in the shade
 */
record HairPainter(HeadIdentity identity, Color shade) {

  /** Paints the part that the head covers, so before the head. */
  void paintBehind(Brush brush) {
    Color back = mix(identity.hair(), Color.BLACK, 0.35f);
    double w = identity.faceWidth();
    switch (identity.hairStyle()) {
      case SHORT ->
          brush.fill(Brush.symmetric(0, -164, 62, -148, 104 * w, -76, 98 * w, -8, 0, 30), back);
      case MEDIUM ->
          brush.fill(
              Brush.symmetric(0, -166, 66, -150, 112 * w, -78, 117 * w, 20, 100 * w, 82, 0, 110),
              back);
      case LONG ->
          brush.fill(
              Brush.symmetric(
                  0, -166, 68, -150, 115 * w, -78, 124 * w, 40, 128 * w, 140, 104 * w, 214, 0, 220),
              back);
    }
  }

  /** Paints the part that covers the head, so after the head. */
  void paintFront(Brush brush) {
    double w = identity.faceWidth();
    double line = -97 + identity.fringe();
    Random random = Seeds.random(identity.seed(), "hair");
    double parting = -30 + 60 * random.nextDouble();
    double side = identity.hairStyle() == HeadIdentity.HairStyle.SHORT ? -18 : 30;
    Path2D hair =
        Brush.curve(
            true, -98 * w, side, -106 * w, -64, -66, -142, 0, -160, 66, -142, 106 * w, -64, 98 * w,
            side, 90 * w, -34, 80 * w, -70, 46, line + 4, parting, line - 8, -46, line + 4, -80 * w,
            -70, -90 * w, -34);
    // A shadow on the forehead seats the hair on the head.
    brush.graphics().translate(0, 4);
    brush.fill(hair, Brush.alpha(shade, 0.3));
    brush.graphics().translate(0, -4);
    brush.fill(hair, identity.hair());
    Graphics2D graphics = brush.graphics();
    Shape clip = graphics.getClip();
    graphics.clip(hair);
    brush.soft(50 * identity.light(), -128, 90, 46, mix(identity.hair(), Color.WHITE, 0.5f), 0.4);
    for (int i = 0; i < 150; i++) {
      double x = -104 + 208 * random.nextDouble();
      double length = 30 + 60 * random.nextDouble();
      double y = -160 + 130 * random.nextDouble();
      float tone = random.nextFloat() - 0.5f;
      Color strand =
          mix(identity.hair(), tone > 0 ? Color.WHITE : Color.BLACK, 0.6f * Math.abs(tone));
      double bend = 0.35 * (x - parting);
      brush.line(
          new QuadCurve2D.Double(
              x * 0.8, y, x + 0.4 * bend, y + length * 0.3, x + bend, y + length),
          1.3,
          Brush.alpha(strand, 0.35));
    }
    graphics.setClip(clip);
  }
}
