package io.latentsync.train.decoder;

import io.latentsync.image.RgbImage;
import io.latentsync.train.evaluation.MouthRegion;
import java.util.List;

/**
 * How well decoded faces reproduce the mouth regions of the true ones.
 *
 * @param error mean absolute difference in grey levels
 * @param energy mean squared Laplacian of the green channel, relative to that of the true faces
 * @param flicker mean absolute difference between the change from frame to frame and the true
 *     change, in grey levels
 */
record FaceDetail(double error, double energy, double flicker) {

  /**
   * Measures faces.
   *
   * @param decoded runs of consecutive faces
   * @param truth the true faces
   */
  static FaceDetail of(List<List<RgbImage>> decoded, List<List<RgbImage>> truth) {
    double error = 0;
    int faces = 0;
    for (int run = 0; run < truth.size(); run++) {
      for (int i = 0; i < truth.get(run).size(); i++) {
        error += MouthRegion.error(decoded.get(run).get(i), truth.get(run).get(i));
        faces++;
      }
    }
    return new FaceDetail(error / faces, energy(decoded) / energy(truth), flicker(decoded, truth));
  }

  /** Sum over all faces. */
  private static double energy(List<List<RgbImage>> runs) {
    return runs.stream()
        .flatMap(List::stream)
        .mapToDouble(face -> energy(MouthRegion.crop(face)))
        .sum();
  }

  private static double energy(RgbImage mouth) {
    int width = mouth.width();
    double sum = 0;
    for (int y = 1; y + 1 < mouth.height(); y++) {
      for (int x = 1; x + 1 < width; x++) {
        int at = y * width + x;
        int laplacian =
            4 * green(mouth, at)
                - green(mouth, at - 1)
                - green(mouth, at + 1)
                - green(mouth, at - width)
                - green(mouth, at + width);
        sum += (double) laplacian * laplacian;
      }
    }
    return sum / ((width - 2.0) * (mouth.height() - 2));
  }

  private static int green(RgbImage picture, int pixel) {
    return picture.pixels()[3 * pixel + 1] & 255;
  }

  /** 0 if no face has a neighbour. */
  private static double flicker(List<List<RgbImage>> decoded, List<List<RgbImage>> truth) {
    double sum = 0;
    int pairs = 0;
    for (int run = 0; run < truth.size(); run++) {
      List<RgbImage> faces = decoded.get(run).stream().map(MouthRegion::crop).toList();
      List<RgbImage> trueFaces = truth.get(run).stream().map(MouthRegion::crop).toList();
      for (int i = 1; i < faces.size(); i++) {
        byte[] now = faces.get(i).pixels();
        byte[] before = faces.get(i - 1).pixels();
        byte[] trueNow = trueFaces.get(i).pixels();
        byte[] trueBefore = trueFaces.get(i - 1).pixels();
        long differences = 0;
        for (int at = 0; at < now.length; at++) {
          int change = (now[at] & 255) - (before[at] & 255);
          int trueChange = (trueNow[at] & 255) - (trueBefore[at] & 255);
          differences += Math.abs(change - trueChange);
        }
        sum += (double) differences / now.length;
        pairs++;
      }
    }
    return pairs == 0 ? 0 : sum / pairs;
  }
}
