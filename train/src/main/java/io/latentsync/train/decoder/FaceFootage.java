package io.latentsync.train.decoder;

import io.latentsync.face.align.AffineMatrix;
import io.latentsync.face.align.FaceCropper;
import io.latentsync.face.align.FaceMatrices;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FaceDetector;
import io.latentsync.face.detect.FaceDetectors;
import io.latentsync.face.track.FaceChoice;
import io.latentsync.face.track.People;
import io.latentsync.face.track.Person;
import io.latentsync.face.track.VideoOrientation;
import io.latentsync.image.RgbImage;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.spark.ProgressDisplay;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.shot.LumaBlocks;
import io.latentsync.shot.Shots;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The aligned faces of a person's videos at 25 fps.
 *
 * @param training faces to train on, evenly spaced
 * @param heldOut the last faces of each video, frame by frame
 */
public record FaceFootage(List<RgbImage> training, List<List<RgbImage>> heldOut) {
  /** At least this share of each video's faces is used for training. */
  private static final double LEAST_TRAINING = 0.5;

  /**
   * How the faces are found.
   *
   * @param choice the person, if a video shows several
   * @param models InsightFace's folder; empty for the built-in detectors
   * @param resolution side of the aligned faces in pixels
   */
  public record Analysis(FaceChoice choice, Optional<Path> models, int resolution) {}

  /**
   * Finds, follows, aligns and crops the faces as {@code dub} does.
   *
   * @param most number of faces for training, over all videos
   * @param heldOutFrames frames to hold out of each video; half of its faces if it is short
   * @throws InvalidInputException if a video shows fewer than two faces of the person
   * @throws IOException if a video cannot be read
   */
  public static FaceFootage read(
      List<Path> videos,
      Analysis analysis,
      int most,
      int heldOutFrames,
      ProgressDisplay.Opener progress)
      throws IOException {
    List<RgbImage> training = new ArrayList<>();
    List<List<RgbImage>> heldOut = new ArrayList<>();
    for (Path video : videos) {
      VideoProbe probe = VideoProbe.of(video);
      FaceMatrices matrices = matrices(video, probe, analysis, progress);
      int[] shown =
          IntStream.range(0, matrices.frames())
              .filter(frame -> matrices.get(frame).isPresent())
              .toArray();
      if (shown.length < 2) {
        throw InvalidInputException.noFace(video, matrices.frames());
      }
      int held = Math.min(heldOutFrames, (int) (LEAST_TRAINING * shown.length));
      int before = shown.length - held;
      int used = Math.max(1, Math.min(before, most / videos.size()));
      boolean[] wanted = new boolean[matrices.frames()];
      for (int i = 0; i < used; i++) {
        wanted[shown[(int) ((long) i * before / used)]] = true;
      }
      for (int i = before; i < shown.length; i++) {
        wanted[shown[i]] = true;
      }
      List<RgbImage> faces = crop(video, probe, matrices, wanted, analysis.resolution());
      training.addAll(faces.subList(0, used));
      heldOut.add(List.copyOf(faces.subList(used, faces.size())));
    }
    return new FaceFootage(List.copyOf(training), List.copyOf(heldOut));
  }

  private static FaceMatrices matrices(
      Path video, VideoProbe probe, Analysis analysis, ProgressDisplay.Opener opener)
      throws IOException {
    List<List<DetectedFace>> found = new ArrayList<>();
    List<LumaBlocks> luma = new ArrayList<>();
    try (VideoReader reader = VideoReader.open(video, probe);
        FaceDetector detector =
            analysis.models().isPresent()
                ? FaceDetectors.open(analysis.models().get())
                : FaceDetectors.open();
        ProgressDisplay progress = opener.open("analyse", "frames", probe.frames())) {
      FaceDetector upright =
          VideoOrientation.of(reader, probe.frames(), detector).upright(detector);
      for (int frame = 0; frame < probe.frames(); frame++) {
        try (VideoFrame picture = reader.read(frame)) {
          found.add(upright.detect(picture.toRgb()));
          luma.add(LumaBlocks.of(picture));
        }
        progress.show(frame + 1, probe.frames());
      }
    }
    Shots shots = Shots.of(luma, probe.frameRate());
    Optional<Person> person = People.of(found, shots, probe.frameRate()).choose(analysis.choice());
    return FaceMatrices.follow(
        IntStream.range(0, found.size())
            .mapToObj(frame -> person.flatMap(one -> one.face(frame)).map(DetectedFace::points))
            .toList(),
        shots,
        new FaceTemplate(analysis.resolution()),
        probe.frameRate());
  }

  private static List<RgbImage> crop(
      Path video, VideoProbe probe, FaceMatrices matrices, boolean[] wanted, int resolution)
      throws IOException {
    List<RgbImage> faces = new ArrayList<>();
    FaceCropper cropper = new FaceCropper(new FaceTemplate(resolution));
    try (VideoReader reader = VideoReader.open(video, probe)) {
      for (int frame = 0; frame < wanted.length; frame++) {
        if (wanted[frame]) {
          AffineMatrix matrix = matrices.get(frame).orElseThrow();
          try (VideoFrame picture = reader.read(frame)) {
            faces.add(cropper.crop(picture.toRgb(), matrix));
          }
        }
      }
    }
    return faces;
  }

  /** Number of held-out faces. */
  public int heldOutFaces() {
    return heldOut.stream().mapToInt(List::size).sum();
  }
}
