package io.latentsync.face;

import io.latentsync.image.RgbImage;
import java.util.List;

/** To come. */
public final class MediaPipeFaceDetector implements FaceDetector {
  @Override
  public List<DetectedFace> detect(RgbImage picture) {
    throw new UnsupportedOperationException("to come");
  }

  @Override
  public String name() {
    return "MediaPipe";
  }

  @Override
  public void close() {}
}
