package io.latentsync.train.head;

import static io.latentsync.train.head.HeadIdentity.mix;

import io.latentsync.image.RgbImage;
import java.awt.AlphaComposite;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.TexturePaint;
import java.awt.geom.AffineTransform;
import java.awt.geom.Path2D;
import java.awt.geom.QuadCurve2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.Random;

/**
 * Paints a synthetic head with Java2D. A picture depends on identity, pose and mouth alone.
 * Coordinates are the mean face's: pixels, the origin between the eyes, y downwards. A turn to the
 * side is shown by parallax: what stands out of the face moves further.
 */
final class HeadRenderer {
  /** Width and height of a picture in pixels. */
  static final int SIZE = 512;

  private static final double CENTRE_X = SIZE / 2.0;
  private static final double EYE_LINE = 222;

  /** How far a turned head's nose moves to the side; other parts follow by their depth. */
  private static final double PARALLAX = 13;

  private static final double NOSE_DEPTH = 1;
  private static final double MOUTH_DEPTH = 0.75;
  private static final double EYE_DEPTH = 0.55;
  private static final double FACE_DEPTH = 0.15;
  private static final double EAR_DEPTH = -0.35;

  /** How far the chin drops when the mouth opens fully. */
  private static final double JAW_DROP = 20;

  private static final int TEXTURE = 256;

  private final HeadIdentity identity;
  private final BufferedImage texture;
  private final Color shade;
  private final Color bright;

  HeadRenderer(HeadIdentity identity) {
    this.identity = identity;
    this.texture = skinTexture(identity.seed());
    this.shade = mix(identity.skin(), new Color(0x2A0F0A), 0.72f);
    this.bright = mix(identity.skin(), new Color(0xFFF4E6), 0.58f);
  }

  /** The head in a pose with a mouth. */
  RgbImage render(HeadPose pose, MouthShape mouth) {
    BufferedImage picture = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = graphics(picture);
    paintBackground(new Brush(graphics));
    AffineTransform upright = graphics.getTransform();

    // The body follows the head only partly.
    graphics.translate(CENTRE_X + 0.35 * pose.x(), EYE_LINE + 0.35 * pose.y());
    AffineTransform body = graphics.getTransform();
    graphics.setTransform(upright);
    AffineTransform head =
        AffineTransform.getTranslateInstance(CENTRE_X + pose.x(), EYE_LINE + pose.y());
    // A head turns about the neck, not about the nose.
    head.rotate(pose.roll(), 0, 150);
    head.scale(pose.scale(), pose.scale());

    double jaw = JAW_DROP * mouth.opening();
    Brush brush = new Brush(graphics);
    at(brush, head, pose, EAR_DEPTH);
    paintHairBehind(brush);
    graphics.setTransform(body);
    paintBody(brush);
    at(brush, head, pose, EAR_DEPTH);
    paintEars(brush);

    BufferedImage skin = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_ARGB);
    Brush face = new Brush(graphics(skin));
    at(face, head, pose, FACE_DEPTH);
    paintSkin(face, jaw);
    at(face, head, pose, MOUTH_DEPTH);
    shadeLowerFace(face, mouth, jaw);
    at(face, head, pose, EYE_DEPTH);
    for (int side = -1; side <= 1; side += 2) {
      new EyePainter(identity, shade, bright).paint(face, side, pose.blink());
    }
    at(face, head, pose, MOUTH_DEPTH);
    new MouthPainter(identity, shade, bright).paint(face, mouth);
    at(face, head, pose, NOSE_DEPTH);
    paintNose(face);
    face.graphics().dispose();
    graphics.setTransform(upright);
    graphics.drawImage(skin, 0, 0, null);

    at(brush, head, pose, FACE_DEPTH);
    paintHair(brush);
    graphics.dispose();
    return rgb(picture);
  }

  private static void at(Brush brush, AffineTransform head, HeadPose pose, double depth) {
    AffineTransform transform = new AffineTransform(head);
    transform.translate(PARALLAX * pose.yaw() * depth, 0);
    brush.graphics().setTransform(transform);
  }

  private static Graphics2D graphics(BufferedImage picture) {
    Graphics2D graphics = picture.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    graphics.setRenderingHint(RenderingHints.KEY_RENDERING, RenderingHints.VALUE_RENDER_QUALITY);
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    return graphics;
  }

  private void paintBackground(Brush brush) {
    Graphics2D graphics = brush.graphics();
    graphics.setPaint(
        new GradientPaint(
            0, 0, identity.backgroundTop(), SIZE * 0.3f, SIZE, identity.backgroundBottom()));
    graphics.fillRect(0, 0, SIZE, SIZE);
    Random random = Seeds.random(identity.seed(), "background");
    Color light = mix(identity.backgroundTop(), Color.WHITE, 0.6f);
    if (identity.backdrop() == 1) {
      double left = random.nextBoolean() ? -60 : SIZE - 130;
      brush.fill(new Rectangle2D.Double(left, 40, 190, 250), Brush.alpha(light, 0.55));
      brush.fill(new Rectangle2D.Double(left + 90, 40, 8, 250), identity.backgroundBottom());
      brush.fill(
          new Rectangle2D.Double(0, 400, SIZE, SIZE),
          Brush.alpha(identity.backgroundBottom(), 0.7));
    } else if (identity.backdrop() == 2) {
      for (int i = 0; i < 9; i++) {
        double radius = 30 + 60 * random.nextDouble();
        brush.soft(
            SIZE * random.nextDouble(),
            SIZE * 0.8 * random.nextDouble(),
            radius,
            radius,
            light,
            0.25 + 0.3 * random.nextDouble());
      }
    }
    // Light from the same side as on the face.
    brush.soft(CENTRE_X + 300 * identity.light(), 120, 330, 380, light, 0.3);
  }

  private void paintBody(Brush brush) {
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

  private void paintEars(Brush brush) {
    for (int side = -1; side <= 1; side += 2) {
      double x = side * 94 * identity.faceWidth();
      brush.ellipse(x, 12, 13, 27, mix(identity.skin(), shade, 0.22f));
      brush.soft(x + 2 * side, 10, 8, 20, shade, 0.5);
    }
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

  private void paintSkin(Brush face, double jaw) {
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
        new TexturePaint(texture, new Rectangle2D.Double(-128, -128, TEXTURE, TEXTURE)));
    graphics.fill(outline);
  }

  /** Shades that move with the jaw: chin, folds beside the mouth, below the lower lip. */
  private void shadeLowerFace(Brush face, MouthShape mouth, double jaw) {
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

  private void paintNose(Brush face) {
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

  private void paintHairBehind(Brush brush) {
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

  private void paintHair(Brush brush) {
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

  /** Faint mottling, in coarse and fine grains, that the skin carries along. */
  private static BufferedImage skinTexture(long seed) {
    Random random = Seeds.random(seed, "skin");
    double[] noise = new double[TEXTURE * TEXTURE];
    for (int grain = 2; grain <= 32; grain *= 4) {
      int cells = TEXTURE / grain;
      double[] lattice = new double[cells * cells];
      for (int i = 0; i < lattice.length; i++) {
        lattice[i] = random.nextGaussian();
      }
      for (int y = 0; y < TEXTURE; y++) {
        for (int x = 0; x < TEXTURE; x++) {
          noise[y * TEXTURE + x] +=
              bilinear(lattice, cells, (double) x / grain, (double) y / grain);
        }
      }
    }
    BufferedImage image = new BufferedImage(TEXTURE, TEXTURE, BufferedImage.TYPE_INT_ARGB);
    for (int y = 0; y < TEXTURE; y++) {
      for (int x = 0; x < TEXTURE; x++) {
        double value = noise[y * TEXTURE + x];
        int alpha = (int) Math.min(24, Math.round(4.5 * Math.abs(value)));
        image.setRGB(x, y, alpha << 24 | (value > 0 ? 0xFFE8D8 : 0x401510));
      }
    }
    return image;
  }

  private static double bilinear(double[] lattice, int cells, double x, double y) {
    int left = (int) x;
    int top = (int) y;
    double u = x - left;
    double v = y - top;
    int right = (left + 1) % cells;
    int bottom = (top + 1) % cells;
    return (1 - v) * ((1 - u) * lattice[top * cells + left] + u * lattice[top * cells + right])
        + v * ((1 - u) * lattice[bottom * cells + left] + u * lattice[bottom * cells + right]);
  }

  private static RgbImage rgb(BufferedImage picture) {
    int[] packed = picture.getRGB(0, 0, SIZE, SIZE, null, 0, SIZE);
    byte[] pixels = new byte[3 * packed.length];
    for (int i = 0; i < packed.length; i++) {
      pixels[3 * i] = (byte) (packed[i] >> 16);
      pixels[3 * i + 1] = (byte) (packed[i] >> 8);
      pixels[3 * i + 2] = (byte) packed[i];
    }
    return new RgbImage(SIZE, SIZE, pixels);
  }
}
