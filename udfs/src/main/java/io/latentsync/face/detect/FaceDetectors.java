package io.latentsync.face.detect;

import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the best detector that this build has models for. */
public final class FaceDetectors {
  private static final Logger log = LoggerFactory.getLogger(FaceDetectors.class);

  private FaceDetectors() {}

  /**
   * The best detector of this build: {@link MediaPipeFaceDetector}, with {@link HaarFaceDetector}
   * as fallback for pictures in which it finds nothing; or the latter alone, with a warning in the
   * log, if the build has no MediaPipe models.
   */
  public static FaceDetector open() {
    if (MediaPipeFaceDetector.available()) {
      MediaPipeFaceDetector mediaPipe = new MediaPipeFaceDetector();
      // The mesh confirms each face of the cascade, which has many false positives.
      return new FallbackFaceDetector(mediaPipe, new HaarFaceDetector(), mediaPipe::confirm);
    }
    log.warn(
        "This build has no MediaPipe face models: faces are found by the last-resort detector"
            + " (Haar cascade), which misses turned and dark faces. Install npm and build again.");
    return new HaarFaceDetector();
  }

  /**
   * The reference implementation's detector, with that of {@link #open()} as fallback for pictures
   * in which it finds nothing.
   *
   * @param insightFace the folder with InsightFace's models
   * @throws IOException if a model is missing or invalid; the message names it
   */
  public static FaceDetector open(Path insightFace) throws IOException {
    return new FallbackFaceDetector(new InsightFaceDetector(insightFace), open());
  }
}
