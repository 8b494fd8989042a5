package io.latentsync.train.head;

import static io.latentsync.train.head.HeadIdentity.mix;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.util.Random;

/**
 * Paints the background behind a head.
 *
 * @param identity whose background
 * @param size width and height of the picture in pixels
 */
record BackdropPainter(HeadIdentity identity, int size) {

  /** Paints the whole picture; the origin is its upper left corner. */
  void paint(Brush brush) {
    Graphics2D graphics = brush.graphics();
    graphics.setPaint(
        new GradientPaint(
            0, 0, identity.backgroundTop(), size * 0.3f, size, identity.backgroundBottom()));
    graphics.fillRect(0, 0, size, size);
    Random random = Seeds.random(identity.seed(), "background");
    Color light = mix(identity.backgroundTop(), Color.WHITE, 0.6f);
    if (identity.backdrop() == 1) {
      double left = random.nextBoolean() ? -60 : size - 130;
      brush.fill(new Rectangle2D.Double(left, 40, 190, 250), Brush.alpha(light, 0.55));
      brush.fill(new Rectangle2D.Double(left + 90, 40, 8, 250), identity.backgroundBottom());
      brush.fill(
          new Rectangle2D.Double(0, 400, size, size),
          Brush.alpha(identity.backgroundBottom(), 0.7));
    } else if (identity.backdrop() == 2) {
      for (int i = 0; i < 9; i++) {
        double radius = 30 + 60 * random.nextDouble();
        brush.soft(
            size * random.nextDouble(),
            size * 0.8 * random.nextDouble(),
            radius,
            radius,
            light,
            0.25 + 0.3 * random.nextDouble());
      }
    }
    // Light from the same side as on the face.
    brush.soft(size / 2.0 + 300 * identity.light(), 120, 330, 380, light, 0.3);
  }
}
