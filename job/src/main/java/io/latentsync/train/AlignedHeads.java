package io.latentsync.train;

import io.latentsync.face.AffineMatrix;
import io.latentsync.face.DetectedFace;
import io.latentsync.face.FaceCropper;
import io.latentsync.face.FaceDetector;
import io.latentsync.face.FacePoints;
import io.latentsync.face.FaceTemplate;
import io.latentsync.image.RgbImage;
import io.latentsync.model.FaceMatrices;
import io.latentsync.train.head.MouthShape;
import io.latentsync.train.head.SyntheticClip;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Synthetic heads, found and aligned as the pipeline does it with the faces of a video: the face
 * that is found is that of the source, which says other words at that time.
 */
final class AlignedHeads {
  private AlignedHeads() {}

  /**
   * The faces of a clip.
   *
   * @param resolution side of the faces in pixels
   * @throws IllegalStateException if a frame's face is not found
   */
  static TalkingFaces.Clip of(SyntheticClip clip, FaceDetector detector, int resolution) {
    List<RgbImage> sources = new ArrayList<>();
    List<Optional<FacePoints>> found = new ArrayList<>();
    List<MouthShape> mouths = new ArrayList<>();
    for (int i = 0; i < clip.frames(); i++) {
      int elsewhere = (i + clip.frames() / 2) % clip.frames();
      sources.add(clip.frame(i, clip.mouth(elsewhere)));
      found.add(detector.detectLargest(sources.get(i)).map(DetectedFace::points));
      mouths.add(clip.mouth(i));
    }
    FaceTemplate template = new FaceTemplate(resolution);
    FaceMatrices matrices = FaceMatrices.follow(found, template);
    FaceCropper cropper = new FaceCropper(template);
    List<RgbImage> faces = new ArrayList<>();
    List<RgbImage> alignedSources = new ArrayList<>();
    for (int i = 0; i < clip.frames(); i++) {
      AffineMatrix matrix = matrices.get(i).orElse(null);
      if (matrix == null) {
        throw new IllegalStateException(
            "frame %d of a synthetic clip: no face was found by %s".formatted(i, detector));
      }
      faces.add(cropper.crop(clip.frame(i), matrix));
      alignedSources.add(cropper.crop(sources.get(i), matrix));
    }
    return new TalkingFaces.Clip(faces, alignedSources, clip.speech(), mouths);
  }
}
