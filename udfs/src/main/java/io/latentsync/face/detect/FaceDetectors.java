package io.latentsync.face.detect;

import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the detector that this build has the models for. */
public final class FaceDetectors {
  private static final Logger log = LoggerFactory.getLogger(FaceDetectors.class);

  private FaceDetectors() {}

  /**
   * The best detector there is: {@link MediaPipeFaceDetector}, helped by {@link HaarFaceDetector}
   * in pictures in which it finds nothing; or the latter alone, with a warning in the log, if the
   * build could not fetch MediaPipe's models.
   */
  public static FaceDetector open() {
    if (MediaPipeFaceDetector.available()) {
      MediaPipeFaceDetector mediaPipe = new MediaPipeFaceDetector();
      // The mesh must confirm a face of the cascade, which alone finds faces in walls.
      return new FallbackFaceDetector(mediaPipe, new HaarFaceDetector(), mediaPipe::confirm);
    }
    log.warn(
        "This build has no MediaPipe face models: faces are found by the last-resort detector"
            + " (Haar cascade), which misses turned and dark faces. Install npm and build again.");
    return new HaarFaceDetector();
  }

  /**
   * The reference implementation's detector, helped by that of {@link #open()} in pictures in which
   * it finds nothing.
   *
   * @param insightFace the folder with InsightFace's models
   * @throws IOException if a model is missing or not what it must be; the message names it
   */
  public static FaceDetector open(Path insightFace) throws IOException {
    return new FallbackFaceDetector(new InsightFaceDetector(insightFace), open());
  }
}
