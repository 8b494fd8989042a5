package io.latentsync.train.data;

import io.latentsync.image.RgbImage;
import io.latentsync.train.head.MouthShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Faces that are flat colours with a dark ellipse below the middle, which opens with the loudness
 * of a tone.
 *
 * @param clips number of clips, each with a different colour and rhythm
 * @param frames of a clip
 * @param side of a face in pixels
 */
public record ToyFaces(int clips, int frames, int side) implements TalkingFaces {
  private static final int SAMPLES_PER_FRAME = 640;

  @Override
  public Clip clip(int index) {
    Random random = new Random(index);
    int[] skin = {120 + random.nextInt(120), 90 + random.nextInt(90), 60 + random.nextInt(90)};
    double period = 6 + 6 * random.nextDouble();
    double phase = 2 * Math.PI * random.nextDouble();
    List<MouthShape> mouths = new ArrayList<>();
    List<RgbImage> faces = new ArrayList<>();
    List<RgbImage> sources = new ArrayList<>();
    short[] speech = new short[frames * SAMPLES_PER_FRAME];
    for (int i = 0; i < frames; i++) {
      float opening = (float) (0.5 + 0.5 * Math.sin(phase + 2 * Math.PI * i / period));
      mouths.add(new MouthShape(opening, 0.5f, 0, 0, 0));
      faces.add(face(skin, opening));
      sources.add(face(skin, 0.5));
      for (int j = 0; j < SAMPLES_PER_FRAME; j++) {
        double time = (i * SAMPLES_PER_FRAME + j) / 16_000.0;
        speech[i * SAMPLES_PER_FRAME + j] =
            (short) (20_000 * opening * Math.sin(2 * Math.PI * 300 * time));
      }
    }
    return new Clip(0, faces, sources, speech, mouths);
  }

  private RgbImage face(int[] skin, double opening) {
    RgbImage image = RgbImage.black(side, side);
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        double across = (x + 0.5 - 0.5 * side) / (0.22 * side);
        double down = (y + 0.5 - 0.72 * side) / ((0.03 + 0.15 * opening) * side);
        boolean mouth = across * across + down * down < 1;
        for (int c = 0; c < 3; c++) {
          image.pixels()[3 * (y * side + x) + c] = (byte) (mouth ? 40 : skin[c]);
        }
      }
    }
    return image;
  }
}
