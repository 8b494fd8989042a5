package io.latentsync.train.head;

import static io.latentsync.train.head.HeadIdentity.mix;

import java.awt.Color;

/**
 * Paints the ears.
 *
 * @param identity whose ears
 * @param shade the skin's colour in the shade
 */
record EarPainter(HeadIdentity identity, Color shade) {

  void paint(Brush brush) {
    for (int side = -1; side <= 1; side += 2) {
      double x = side * 94 * identity.faceWidth();
      brush.ellipse(x, 12, 13, 27, mix(identity.skin(), shade, 0.22f));
      brush.soft(x + 2 * side, 10, 8, 20, shade, 0.5);
    }
  }
}
