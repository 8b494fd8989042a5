package io.latentsync.train.evaluation;

import io.latentsync.face.align.AffineMatrix;
import io.latentsync.face.align.FaceCropper;
import io.latentsync.face.align.FaceMatrices;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.align.MouthOpening;
import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FaceDetector;
import io.latentsync.face.detect.FacePoints;
import io.latentsync.image.RgbImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The pictures of a video with the affine matrix of the face in each.
 *
 * @param frames the pictures
 * @param matrices the maps from the pictures to the template
 */
record TrackedVideo(List<RgbImage> frames, List<AffineMatrix> matrices) {

  /**
   * Detects and tracks the face as the dub command does.
   *
   * @throws IllegalStateException if a picture has no face
   */
  static TrackedVideo of(List<RgbImage> frames, FaceDetector detector, FaceTemplate template) {
    List<Optional<FacePoints>> found = new ArrayList<>();
    for (RgbImage frame : frames) {
      found.add(detector.detectLargest(frame).map(DetectedFace::points));
    }
    FaceMatrices track = FaceMatrices.follow(found, template);
    List<AffineMatrix> matrices = new ArrayList<>();
    for (int i = 0; i < frames.size(); i++) {
      int frame = i;
      matrices.add(
          track
              .get(i)
              .orElseThrow(() -> new IllegalStateException("no face was found in frame " + frame)));
    }
    return new TrackedVideo(List.copyOf(frames), List.copyOf(matrices));
  }

  /** The measured mouth opening in each frame; NaN if the mesh finds no face. */
  float[] openings(MouthOpening measure) {
    float[] openings = new float[frames.size()];
    for (int i = 0; i < openings.length; i++) {
      openings[i] = (float) measure.measure(frames.get(i), matrices.get(i)).orElse(Double.NaN);
    }
    return openings;
  }

  /** The aligned faces of another video that shows the same head in the same positions. */
  List<RgbImage> faces(List<RgbImage> pictures, FaceTemplate template) {
    FaceCropper cropper = new FaceCropper(template);
    List<RgbImage> faces = new ArrayList<>();
    for (int i = 0; i < pictures.size(); i++) {
      faces.add(cropper.crop(pictures.get(i), matrices.get(i)));
    }
    return faces;
  }
}
