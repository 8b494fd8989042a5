package io.latentsync.face.detect;

import static org.bytedeco.opencv.global.opencv_dnn.readNetFromTFLite;

import io.latentsync.image.OpenCvThreads;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.opencv_dnn.Net;

/** MediaPipe's networks. The build packs them into the jar if it can download them. */
public enum FaceModel {
  /** Full-range detector: a picture to boxes. */
  BOXES("/models/face_detection_full_range.tflite"),

  /** Short-range detector: a picture to boxes of faces near the camera. */
  CLOSE_BOXES("/models/face_detection_short_range.tflite"),

  /** Face mesh: a square around a face to 468 points. */
  MESH("/models/face_landmark.tflite");

  private final String resource;

  FaceModel(String resource) {
    this.resource = resource;
  }

  /** Whether this build has the network. */
  public boolean available() {
    return FaceModel.class.getResource(resource) != null;
  }

  /**
   * Loads the network; the caller closes it.
   *
   * @throws IllegalStateException if this build does not have it
   */
  Net load() {
    byte[] model = read();
    OpenCvThreads.useOne();
    // One at a time: OpenCV fills its table of layers while it reads the first network. Another
    // thread that reads a network meanwhile finds an incomplete table or crashes the process.
    synchronized (FaceModel.class) {
      try (PointerScope scope = new PointerScope()) {
        Net net = readNetFromTFLite(new BytePointer(model), model.length);
        net.retainReference();
        return net;
      }
    }
  }

  private byte[] read() {
    try (InputStream in = FaceModel.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException(
            "this build has no face model %s: install npm and build again".formatted(resource));
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the face model " + resource, e);
    }
  }
}
