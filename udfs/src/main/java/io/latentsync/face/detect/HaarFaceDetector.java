package io.latentsync.face.detect;

import static org.bytedeco.opencv.global.opencv_imgproc.COLOR_RGB2GRAY;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_AREA;
import static org.bytedeco.opencv.global.opencv_imgproc.cvtColor;
import static org.bytedeco.opencv.global.opencv_imgproc.equalizeHist;
import static org.bytedeco.opencv.global.opencv_imgproc.resize;

import io.latentsync.image.OpenCvThreads;
import io.latentsync.image.RgbImage;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Rect;
import org.bytedeco.opencv.opencv_core.RectVector;
import org.bytedeco.opencv.opencv_core.Size;
import org.bytedeco.opencv.opencv_objdetect.CascadeClassifier;

/**
 * Detects upright frontal faces with OpenCV's Haar cascade (Viola and Jones 2001; Lienhart's
 * "frontalface_alt2"). The last resort: it has no landmarks, so the points are at fixed proportions
 * of the box, with a jitter of about 7 % of the brow distance.
 */
public final class HaarFaceDetector implements FaceDetector {

  /** The name in its faces. */
  public static final String NAME = "Haar";

  /** The cascade has no scores; its faces have the lowest accepted score. */
  private static final float SCORE = FaceLimits.MIN_SCORE;

  /** Longer side of the scaled input picture; the smallest detectable face is a twentieth of it. */
  private static final int INPUT = 480;

  private static final int SMALLEST = 24;
  private static final double SCALE_STEP = 1.1;
  private static final int MIN_NEIGHBOURS = 5;

  // Medians of the mesh's points in the cascade's boxes, as fractions of the box's side, made
  // symmetric. The face's box is narrower and lower than the cascade's.
  private static final float BROW_FROM_MIDDLE = 0.213f;
  private static final float BROW_Y = 0.296f;
  private static final float NOSE_Y = 0.568f;
  private static final float FACE_WIDTH = 0.81f;
  private static final float FACE_TOP = 0.086f;
  private static final float FACE_HEIGHT = 0.97f;

  private final CascadeClassifier cascade;

  /** Loads the cascade from OpenCV's jar. */
  public HaarFaceDetector() {
    OpenCvThreads.useOne();
    String resource =
        "/org/bytedeco/opencv/%s/share/opencv4/haarcascades/haarcascade_frontalface_alt2.xml"
            .formatted(Loader.getPlatform());
    try (PointerScope scope = new PointerScope()) {
      File file = Loader.cacheResource(opencv_core.class, resource);
      if (file == null) {
        throw new IllegalStateException("OpenCV's jar holds no face cascade " + resource);
      }
      cascade = new CascadeClassifier(file.getPath());
      cascade.retainReference();
      if (cascade.empty()) {
        throw new IllegalStateException("OpenCV cannot read the face cascade " + file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot unpack the face cascade " + resource, e);
    }
  }

  @Override
  public List<DetectedFace> detect(RgbImage picture) {
    try (PointerScope scope = new PointerScope()) {
      double reduction = Math.max(1, (double) Math.max(picture.width(), picture.height()) / INPUT);
      int width = (int) Math.max(1, Math.round(picture.width() / reduction));
      int height = (int) Math.max(1, Math.round(picture.height() / reduction));
      Mat small = new Mat();
      resize(PictureMat.of(picture), small, new Size(width, height), 0, 0, INTER_AREA);
      Mat grey = new Mat();
      cvtColor(small, grey, COLOR_RGB2GRAY);
      equalizeHist(grey, grey);
      RectVector boxes = new RectVector();
      cascade.detectMultiScale(
          grey, boxes, SCALE_STEP, MIN_NEIGHBOURS, 0, new Size(SMALLEST, SMALLEST), new Size());
      List<DetectedFace> faces = new ArrayList<>();
      for (long i = 0; i < boxes.size(); i++) {
        DetectedFace face = face(boxes.get(i), (float) reduction);
        if (FaceLimits.admit(face, picture)) {
          faces.add(face);
        }
      }
      return faces;
    }
  }

  private static DetectedFace face(Rect box, float reduction) {
    float side = box.width() * reduction;
    float middle = (box.x() + box.width() / 2f) * reduction;
    float top = box.y() * reduction;
    // Half a pixel, as points count from the first pixel's centre.
    FacePoints points =
        new FacePoints(
            middle - BROW_FROM_MIDDLE * side - 0.5f,
            top + BROW_Y * side - 0.5f,
            middle + BROW_FROM_MIDDLE * side - 0.5f,
            top + BROW_Y * side - 0.5f,
            middle - 0.5f,
            top + NOSE_Y * side - 0.5f);
    return new DetectedFace(
        middle - FACE_WIDTH * side / 2,
        top + FACE_TOP * side,
        FACE_WIDTH * side,
        FACE_HEIGHT * side,
        SCORE,
        points,
        NAME);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void close() {
    cascade.releaseReference();
  }
}
