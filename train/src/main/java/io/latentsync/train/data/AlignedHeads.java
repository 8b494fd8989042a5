package io.latentsync.train.data;

import io.latentsync.face.align.AffineMatrix;
import io.latentsync.face.align.FaceCropper;
import io.latentsync.face.align.FaceMatrices;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FaceDetector;
import io.latentsync.face.detect.FacePoints;
import io.latentsync.image.RgbImage;
import io.latentsync.train.clip.SyntheticClip;
import io.latentsync.train.speech.Speech;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Synthetic heads, detected and aligned as the pipeline does it. Detection runs on the source
 * picture, whose mouth speaks other words at that time.
 */
public final class AlignedHeads {
  /**
   * Frames of speech kept before and after the faces: one second, as distant speech does not
   * predict a mouth.
   */
  private static final int AROUND = 25;

  private AlignedHeads() {}

  /**
   * Faces of a clip, with the speech from one second before them to one second after them.
   *
   * @param resolution side of the faces in pixels
   * @param first frame of the first of them
   * @param count number of faces, at least one
   * @throws IllegalStateException if a frame's face is not found
   */
  public static TalkingFaces.Clip of(
      SyntheticClip clip, FaceDetector detector, int resolution, int first, int count) {
    List<RgbImage> sources = new ArrayList<>();
    List<Optional<FacePoints>> found = new ArrayList<>();
    for (int i = first; i < first + count; i++) {
      int elsewhere = (i + clip.frames() / 2) % clip.frames();
      sources.add(clip.frame(i, clip.mouth(elsewhere)));
      found.add(detector.detectLargest(sources.get(i - first)).map(DetectedFace::points));
    }
    FaceTemplate template = new FaceTemplate(resolution);
    FaceMatrices matrices = FaceMatrices.follow(found, template);
    FaceCropper cropper = new FaceCropper(template);
    List<RgbImage> faces = new ArrayList<>();
    List<RgbImage> alignedSources = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      AffineMatrix matrix = matrices.get(i).orElse(null);
      if (matrix == null) {
        throw new IllegalStateException(
            "frame %d of a synthetic clip: no face was found by %s".formatted(first + i, detector));
      }
      faces.add(cropper.crop(clip.frame(first + i), matrix));
      alignedSources.add(cropper.crop(sources.get(i), matrix));
    }
    int from = Math.max(0, first - AROUND);
    int to = Math.min(clip.frames(), first + count + AROUND);
    return new TalkingFaces.Clip(
        first - from,
        faces,
        alignedSources,
        Arrays.copyOfRange(
            clip.speech(), Speech.SAMPLES_PER_FRAME * from, Speech.SAMPLES_PER_FRAME * to),
        Utterance.of(clip).mouths().subList(from, to));
  }
}
