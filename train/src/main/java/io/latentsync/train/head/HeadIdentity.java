package io.latentsync.train.head;

import java.awt.Color;
import java.util.Random;

/**
 * The appearance of a synthetic head. Lengths are factors of the mean face's lengths.
 *
 * @param seed seed of the identity; also of hairs and skin texture
 * @param faceWidth width at the cheekbones
 * @param jawWidth width of the jaw
 * @param chin height of the lower face
 * @param eyeSpacing distance between the eyes
 * @param eyeSize size of the eyes
 * @param noseWidth width of the nose
 * @param noseLength length of the nose
 * @param mouthWidth width of the relaxed mouth
 * @param lips fullness of the lips
 * @param browThickness thickness of the brows
 * @param browTilt how much the brows' outer ends drop, in pixels
 * @param hairStyle how the hair falls
 * @param fringe how far the hair comes down the forehead, in pixels
 * @param light where the light comes from: −1 the viewer's left … 1 right
 * @param contrast strength of light and shade, 0…1
 * @param backdrop kind of background: 0 plain, 1 wall and window, 2 soft lights
 * @param skin colour of the skin
 * @param hair colour of the hair
 * @param brow colour of the brows
 * @param iris colour of the eyes
 * @param lipColor colour of the lips
 * @param clothes colour of the clothes
 * @param backgroundTop colour of the background at the top
 * @param backgroundBottom colour of the background at the bottom
 */
public record HeadIdentity(
    long seed,
    float faceWidth,
    float jawWidth,
    float chin,
    float eyeSpacing,
    float eyeSize,
    float noseWidth,
    float noseLength,
    float mouthWidth,
    float lips,
    float browThickness,
    float browTilt,
    HairStyle hairStyle,
    float fringe,
    float light,
    float contrast,
    int backdrop,
    Color skin,
    Color hair,
    Color brow,
    Color iris,
    Color lipColor,
    Color clothes,
    Color backgroundTop,
    Color backgroundBottom) {

  /** How the hair falls. */
  enum HairStyle {
    SHORT,
    MEDIUM,
    LONG
  }

  private static final Color[] SKINS = {
    new Color(0xF3D3BD),
    new Color(0xE9BE9F),
    new Color(0xDBA682),
    new Color(0xC48B65),
    new Color(0xA36B49),
    new Color(0x82533A)
  };
  private static final Color[] HAIRS = {
    new Color(0x1C1714),
    new Color(0x3A2618),
    new Color(0x5E3D22),
    new Color(0x8A5A2E),
    new Color(0xB98F54),
    new Color(0x7D7B78)
  };
  private static final Color[] IRISES = {
    new Color(0x4A2E1B), new Color(0x6B4A26), new Color(0x55703F), new Color(0x4F7492)
  };

  /** The identity of a seed. */
  public static HeadIdentity of(long seed) {
    Random random = Seeds.random(seed, "identity");
    int tone = random.nextInt(SKINS.length);
    Color skin = mix(SKINS[tone], SKINS[Math.max(0, tone - 1)], 0.6f * random.nextFloat());
    // Fair hair on dark skin looks unnatural.
    Color hair = HAIRS[random.nextInt(tone >= 3 ? 2 : HAIRS.length)];
    float hue = random.nextFloat();
    float lightness = 0.35f + 0.45f * random.nextFloat();
    return new HeadIdentity(
        seed,
        around(random, 0.06f),
        around(random, 0.08f),
        around(random, 0.04f),
        around(random, 0.05f),
        around(random, 0.1f),
        around(random, 0.15f),
        around(random, 0.06f),
        around(random, 0.09f),
        around(random, 0.2f),
        around(random, 0.3f),
        6 * random.nextFloat(),
        HairStyle.values()[random.nextInt(HairStyle.values().length)],
        -8 + 22 * random.nextFloat(),
        -1 + 2 * random.nextFloat(),
        0.35f + 0.5f * random.nextFloat(),
        random.nextInt(3),
        skin,
        hair,
        mix(hair, new Color(0x1C1410), 0.5f),
        IRISES[random.nextInt(tone >= 4 ? 2 : IRISES.length)],
        mix(skin, new Color(0xA8323C), 0.38f + 0.2f * random.nextFloat()),
        Color.getHSBColor(
            random.nextFloat(), 0.1f + 0.4f * random.nextFloat(), 0.2f + 0.5f * random.nextFloat()),
        Color.getHSBColor(hue, 0.12f + 0.2f * random.nextFloat(), lightness),
        Color.getHSBColor(hue, 0.12f + 0.25f * random.nextFloat(), lightness * 0.6f));
  }

  private static float around(Random random, float deviation) {
    return 1 + deviation * (2 * random.nextFloat() - 1);
  }

  /** A colour interpolated between two. */
  static Color mix(Color from, Color to, float share) {
    return new Color(
        Math.round(from.getRed() + share * (to.getRed() - from.getRed())),
        Math.round(from.getGreen() + share * (to.getGreen() - from.getGreen())),
        Math.round(from.getBlue() + share * (to.getBlue() - from.getBlue())));
  }
}
