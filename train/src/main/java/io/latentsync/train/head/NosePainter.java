package io.latentsync.train.head;

import static io.latentsync.train.head.HeadIdentity.mix;

import java.awt.Color;
import java.awt.geom.Path2D;

/**
 * Paints a nose.
 *
 * @param identity whose nose
 * @param shade the skin's colour in the shade
 * @param bright the skin's colour in the light
 */
record NosePainter(HeadIdentity identity, Color shade, Color bright) {

  void paint(Brush face) {
    double w = identity.noseWidth();
    double tip = 50 * identity.noseLength();
    double light = identity.light();
    double contrast = identity.contrast();
    double dark = light >= 0 ? -1 : 1;
    face.soft(dark * 13 * w, 20, 9, 44, shade, 0.3 + 0.4 * contrast * Math.abs(light));
    face.soft(-dark * 13 * w, 14, 8, 38, shade, 0.22);
    face.soft(dark * 18 * w, tip - 2, 14, 16, shade, 0.45 * contrast);
    face.soft(1.5 * light, 16, 6.5, 42, bright, 0.5);
    for (int side = -1; side <= 1; side += 2) {
      face.soft(side * 14 * w, tip + 1, 10, 10, mix(identity.skin(), shade, 0.25f), 0.5);
      Path2D wing =
          Brush.curve(
              false,
              side * 16 * w,
              tip - 10,
              side * 21 * w,
              tip,
              side * 17 * w,
              tip + 9,
              side * 11 * w,
              tip + 9);
      face.line(wing, 4, Brush.alpha(shade, 0.16));
      face.line(wing, 2, Brush.alpha(shade, 0.34));
    }
    face.soft(0, tip + 15, 24 * w, 9, shade, 0.5);
    face.soft(2 * light, tip - 1, 11 * w, 11, bright, 0.55);
    for (int side = -1; side <= 1; side += 2) {
      face.soft(side * 8.5 * w, tip + 8, 7 * w, 4.2, new Color(0x20, 0x08, 0x06), 0.95);
    }
  }
}
