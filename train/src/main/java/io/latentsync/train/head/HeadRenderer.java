package io.latentsync.train.head;

import static io.latentsync.train.head.HeadIdentity.mix;

import io.latentsync.image.RgbImage;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;

/**
 * Paints a synthetic head with Java2D. A picture is a function of identity, pose and mouth.
 * Coordinates are the mean face's: pixels, the origin between the eyes, y downwards. A turn to the
 * side is shown by parallax: parts that stand out of the face move further.
 */
public final class HeadRenderer {
  /** Width and height of a picture in pixels. */
  public static final int SIZE = 512;

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

  private final BackdropPainter backdrop;
  private final BodyPainter body;
  private final EarPainter ears;
  private final EyePainter eyes;
  private final HairPainter hair;
  private final MouthPainter mouthPainter;
  private final NosePainter nose;
  private final SkinPainter skin;

  /** A renderer of one head, for any number of threads. */
  public HeadRenderer(HeadIdentity identity) {
    Color shade = mix(identity.skin(), new Color(0x2A0F0A), 0.72f);
    Color bright = mix(identity.skin(), new Color(0xFFF4E6), 0.58f);
    this.backdrop = new BackdropPainter(identity, SIZE);
    this.body = new BodyPainter(identity, shade);
    this.ears = new EarPainter(identity, shade);
    this.eyes = new EyePainter(identity, shade, bright);
    this.hair = new HairPainter(identity, shade);
    this.mouthPainter = new MouthPainter(identity, shade, bright);
    this.nose = new NosePainter(identity, shade, bright);
    this.skin = new SkinPainter(identity, shade, bright);
  }

  /** The head in a pose with a mouth. */
  public RgbImage render(HeadPose pose, MouthShape mouth) {
    BufferedImage picture = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_RGB);
    Brush brush = new Brush(graphics(picture));
    backdrop.paint(brush);

    AffineTransform head =
        AffineTransform.getTranslateInstance(CENTRE_X + pose.x(), EYE_LINE + pose.y());
    // A head turns about the neck, not about the nose.
    head.rotate(pose.roll(), 0, 150);
    head.scale(pose.scale(), pose.scale());
    at(brush, head, pose, EAR_DEPTH);
    hair.paintBehind(brush);
    // The body follows the head only partly.
    brush
        .graphics()
        .setTransform(
            AffineTransform.getTranslateInstance(
                CENTRE_X + 0.35 * pose.x(), EYE_LINE + 0.35 * pose.y()));
    body.paint(brush);
    at(brush, head, pose, EAR_DEPTH);
    ears.paint(brush);

    brush.graphics().setTransform(new AffineTransform());
    brush.graphics().drawImage(face(head, pose, mouth), 0, 0, null);
    at(brush, head, pose, FACE_DEPTH);
    hair.paintFront(brush);
    brush.graphics().dispose();
    return rgb(picture);
  }

  /** The face with its features, transparent around it. */
  private BufferedImage face(AffineTransform head, HeadPose pose, MouthShape mouth) {
    BufferedImage picture = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_ARGB);
    Brush brush = new Brush(graphics(picture));
    double jaw = JAW_DROP * mouth.opening();
    at(brush, head, pose, FACE_DEPTH);
    skin.paint(brush, jaw);
    at(brush, head, pose, MOUTH_DEPTH);
    skin.shadeLowerFace(brush, mouth, jaw);
    at(brush, head, pose, EYE_DEPTH);
    for (int side = -1; side <= 1; side += 2) {
      eyes.paint(brush, side, pose.blink());
    }
    at(brush, head, pose, MOUTH_DEPTH);
    mouthPainter.paint(brush, mouth);
    at(brush, head, pose, NOSE_DEPTH);
    nose.paint(brush);
    brush.graphics().dispose();
    return picture;
  }

  /** Moves a brush to a part of the head that stands out of the face by a depth. */
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
