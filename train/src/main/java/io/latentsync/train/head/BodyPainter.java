package io.latentsync.train.head;

import static io.latentsync.train.head.HeadIdentity.mix;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Shape;
import java.awt.geom.Path2D;
import java.awt.geom.QuadCurve2D;

/**
 * Paints the neck and the shoulders.
 *
 * @param identity whose body
 * @param shade the skin's colour in the shade
 */
record BodyPainter(HeadIdentity identity, Color shade) {

  void paint(Brush brush) {
    Color cloth = identity.clothes();
    Path2D neck = Brush.symmetric(0, 80, 54, 90, 55, 150, 62, 200, 80, 225, 0, 262);
    brush.fill(neck, mix(identity.skin(), shade, 0.3f));
    Graphics2D graphics = brush.graphics();
    Shape clip = graphics.getClip();
    graphics.clip(neck);
    brush.soft(0, 168, 75, 52, shade, 0.7);
    brush.soft(-50 * Math.signum(identity.light()), 190, 40, 70, shade, 0.4);
    graphics.setClip(clip);
    Path2D shoulders = new Path2D.Double();
    shoulders.moveTo(-66, 206);
    shoulders.curveTo(-30, 250, 30, 250, 66, 206);
    shoulders.curveTo(120, 225, 190, 232, 230, 330);
    shoulders.lineTo(-230, 330);
    shoulders.curveTo(-190, 232, -120, 225, -66, 206);
    brush.fill(shoulders, cloth);
    graphics.clip(shoulders);
    brush.soft(150 * identity.light(), 250, 170, 90, mix(cloth, Color.WHITE, 0.5f), 0.4);
    brush.soft(-170 * identity.light(), 290, 170, 100, mix(cloth, Color.BLACK, 0.7f), 0.5);
    graphics.setClip(clip);
    brush.line(
        new QuadCurve2D.Double(-66, 207, 0, 279, 66, 207), 7, mix(cloth, Color.BLACK, 0.25f));
  }
}
