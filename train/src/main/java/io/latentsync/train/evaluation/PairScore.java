package io.latentsync.train.evaluation;

import io.latentsync.image.RgbImage;
import io.latentsync.model.sync.SyncMeasure;
import java.util.List;
import java.util.Locale;

/**
 * The scores of one dubbed held-out clip. Correlations are Pearson's, of the mouth opening that is
 * measured in the dubbed pictures with the true opening.
 *
 * @param frames number of frames of the video
 * @param newSpeech correlation with the true opening of the new speech, at the best lag of ±15
 *     frames
 * @param ceiling {@code newSpeech} of the renderer's own pictures
 * @param oldSpeech correlation with the true opening of the clip's old speech, at lag 0
 * @param otherSpeech correlation with the true opening of a third speech, at lag 0
 * @param undubbedError mean absolute difference of the undubbed clip from the renderer's pictures
 *     of the new speech, in the mouth region, in grey levels
 * @param dubbedError mean absolute difference of the dubbed pictures from those of the renderer
 * @param perfect {@code newSpeech} with a {@link PerfectDenoiser}
 * @param perfectError {@code dubbedError} with a {@link PerfectDenoiser}
 * @param borderChange mean absolute change of the mouth region from frame to frame at the borders
 *     of chunks
 * @param innerChange mean absolute change of the mouth region from frame to frame within chunks
 */
record PairScore(
    int frames,
    SyncMeasure newSpeech,
    SyncMeasure ceiling,
    double oldSpeech,
    double otherSpeech,
    double undubbedError,
    double dubbedError,
    SyncMeasure perfect,
    double perfectError,
    double borderChange,
    double innerChange) {
  static final String HEAD =
      "pair,frames,r,lag,r_in_place,r_ceiling,r_old_speech,r_other_speech,"
          + "error_undubbed,error_dubbed,r_perfect_denoiser,error_perfect_denoiser,change_at_borders,change_elsewhere";

  /**
   * Correlation at lag 0 of a measured series with the true opening of another speech, over the
   * frames that both have.
   */
  static double inPlace(float[] opening, float[] truth) {
    int frames = Math.min(opening.length, truth.length);
    return SyncMeasure.of(opening, truth, 0, frames)
        .map(SyncMeasure::correlationInPlace)
        .orElse(Double.NaN);
  }

  /** Mean error of faces, compared with the true faces. */
  static double error(List<RgbImage> faces, List<RgbImage> truth) {
    double sum = 0;
    for (int i = 0; i < truth.size(); i++) {
      sum += MouthRegion.error(faces.get(i), truth.get(i));
    }
    return sum / truth.size();
  }

  /**
   * Mean change of the faces from one frame to the next.
   *
   * @param chunk frames of a chunk
   * @param atBorders true: only the pairs of frames at a border; false: only the others
   */
  static double change(List<RgbImage> faces, int chunk, boolean atBorders) {
    double sum = 0;
    int count = 0;
    for (int i = 1; i < faces.size(); i++) {
      if ((i % chunk == 0) == atBorders) {
        sum += MouthRegion.error(faces.get(i), faces.get(i - 1));
        count++;
      }
    }
    return sum / count;
  }

  /** A line under {@link #HEAD}. */
  String csv(int pair) {
    return String.format(
        Locale.ROOT,
        "%d,%d,%.3f,%d,%.3f,%.3f,%.3f,%.3f,%.2f,%.2f,%.3f,%.2f,%.2f,%.2f",
        pair,
        frames,
        newSpeech.correlation(),
        newSpeech.lag(),
        newSpeech.correlationInPlace(),
        ceiling.correlation(),
        oldSpeech,
        otherSpeech,
        undubbedError,
        dubbedError,
        perfect.correlation(),
        perfectError,
        borderChange,
        innerChange);
  }
}
