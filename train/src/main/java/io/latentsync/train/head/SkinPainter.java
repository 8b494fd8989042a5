package io.latentsync.train.head;

import static io.latentsync.train.head.HeadIdentity.mix;

import java.awt.AlphaComposite;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.TexturePaint;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;

/**
 * Paints the skin of a face: its outline, which follows the jaw, with light, shade and texture.
 * What is painted with the same brush afterwards stays inside the outline.
 */
final class SkinPainter {
  private final HeadIdentity identity;
  private final Color shade;
  private final Color bright;
  private final BufferedImage texture;

  /**
   * A painter with a texture of its own.
   *
   * @param identity whose skin
   * @param shade the skin's colour in the shade
   * @param bright the skin's colour in the light
   */
  SkinPainter(HeadIdentity identity, Color shade, Color bright) {
    this.identity = identity;
    this.shade = shade;
    this.bright = bright;
    this.texture = SkinTexture.image(identity.seed());
  }

  /**
   * Paints the face without its features.
   *
   * @param jaw how far the chin has dropped, in pixels
   */
  void paint(Brush face, double jaw) {
    Path2D outline = outline(jaw);
    face.fill(outline, identity.skin());
    Graphics2D graphics = face.graphics();
    graphics.setComposite(AlphaComposite.SrcAtop);
    double light = identity.light();
    double contrast = identity.contrast();
    double w = identity.faceWidth();
    // The sides turn away from the viewer.
    for (int side = -1; side <= 1; side += 2) {
      double away = 0.75 - 0.45 * side * light;
      face.soft(side * 104 * w, 20, 52, 150, shade, contrast * away);
      face.soft(side * 80 * w, 120 + 0.7 * jaw, 56, 62, shade, contrast * away * 0.8);
      face.soft(side * 86 * w, -70, 46, 70, shade, contrast * away * 0.6);
    }
    face.soft(0, 168 * identity.chin() + jaw, 80, 34, shade, 0.75 * contrast);
    face.soft(0, -112, 120, 40, shade, 0.4 * contrast);
    face.soft(26 * light, -70, 66, 40, bright, 0.4 * contrast + 0.1);
    Color blush = mix(identity.skin(), new Color(0xC04038), 0.55f);
    for (int side = -1; side <= 1; side += 2) {
      face.soft(side * 56, 50, 36, 30, blush, 0.34);
      face.soft(side * 54 + 8 * light, 32, 30, 20, bright, contrast * (0.4 + 0.25 * side * light));
    }
    graphics.setPaint(
        new TexturePaint(
            texture, new Rectangle2D.Double(-128, -128, SkinTexture.SIZE, SkinTexture.SIZE)));
    graphics.fill(outline);
  }

  private Path2D outline(double jaw) {
    double w = identity.faceWidth();
    double j = identity.jawWidth();
    double c = identity.chin();
    return Brush.symmetric(
        0,
        -130,
        52 * w,
        -120,
        85 * w,
        -72,
        93 * w,
        -12,
        90 * w,
        36,
        (w + j) / 2 * 81,
        78 * c + 0.35 * jaw,
        63 * j,
        114 * c + 0.7 * jaw,
        36 * j,
        143 * c + jaw,
        0,
        154 * c + jaw);
  }

  /** Shades that move with the jaw: the chin and the folds next to the mouth. */
  void shadeLowerFace(Brush face, MouthShape mouth, double jaw) {
    double contrast = identity.contrast();
    double c = identity.chin();
    face.soft(4 * identity.light(), 134 * c + jaw, 26, 17, bright, 0.45 * contrast + 0.08);
    for (int side = -1; side <= 1; side += 2) {
      double corner = side * (46 + 8 * mouth.width() - 6 * mouth.rounding());
      Path2D fold = Brush.curve(false, side * 21, 58, side * 36, 72, corner, 94 + 0.4 * jaw);
      for (int i = 1; i <= 4; i++) {
        face.line(fold, 2.5 * i, Brush.alpha(shade, 0.05));
      }
    }
  }
}
