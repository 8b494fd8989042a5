package io.latentsync.model.sync;

import io.latentsync.audio.PcmSource;
import io.latentsync.audio.SpeechEnvelope;
import io.latentsync.face.align.AffineMatrix;
import io.latentsync.face.align.FaceMatrices;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.align.MouthOpening;
import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FaceDetector;
import io.latentsync.face.detect.FaceDetectors;
import io.latentsync.face.track.FaceBoxes;
import io.latentsync.face.track.VideoOrientation;
import io.latentsync.image.RgbImage;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.nn.networks.SyncNet;
import io.latentsync.shot.LumaBlocks;
import io.latentsync.shot.Shots;
import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Measures how well the mouth of a video follows a speech. Reads the video twice, frame by frame:
 * first to detect the faces, then to measure them. A video of another rate is resampled to 25 fps,
 * which SyncNet expects.
 */
public final class SyncEvaluation {
  /** Resolution of the face template; the measures do not depend on it. */
  private static final int RESOLUTION = 256;

  /** Length in frames of the segments that are also measured one by one. */
  private static final int STRETCH_FRAMES = 96;

  private final Path file;
  private final VideoProbe video;
  private final PcmSource speech;
  private final Runnable frameDone;
  private final FaceTemplate template = new FaceTemplate(RESOLUTION);
  private int converted;
  private int deinterlaced;

  /** SyncNet's score of a range of frames that shows a face without long gaps. */
  public record RangeScore(FrameRange range, SyncNetScore score) {}

  /**
   * The result of an evaluation.
   *
   * @param frames number of frames with both picture and sound
   * @param faces number of frames with a face
   * @param converted number of frames in another format than the first picture
   * @param deinterlaced number of deinterlaced frames
   * @param sync correlation of mouth and speech, which needs no weights; empty if this build has no
   *     face mesh or no face was found
   * @param scores SyncNet's scores; empty without a network, or if no face is visible for long
   *     enough
   * @param traces what was measured in each frame; empty if no face was found
   */
  public record Result(
      int frames,
      int faces,
      int converted,
      int deinterlaced,
      Optional<SyncReport> sync,
      List<RangeScore> scores,
      Optional<Traces> traces) {}

  /**
   * What was measured in each frame.
   *
   * @param matrices of the face
   * @param openings of the mouth; NaN where it was not measured
   * @param envelope of the speech
   */
  public record Traces(FaceMatrices matrices, float[] openings, float[] envelope) {}

  /**
   * An evaluation; nothing is read yet.
   *
   * @param file the video
   * @param video its properties at 25 fps
   * @param speech the sound, which starts at the first frame
   * @param frameDone called twice for each of the {@link #frames}
   */
  public SyncEvaluation(Path file, VideoProbe video, PcmSource speech, Runnable frameDone) {
    this.file = file;
    this.video = video;
    this.speech = speech;
    this.frameDone = frameDone;
  }

  /** The number of frames with both picture and sound. */
  public static int frames(VideoProbe video, PcmSource speech) {
    long spoken = speech.samples() * FrameRate.REFERENCE.numerator() / PcmSource.SAMPLE_RATE;
    return (int) Math.min(video.frames(), spoken);
  }

  /**
   * Runs the evaluation.
   *
   * @param network SyncNet; empty to skip its scores
   * @throws IOException if the video cannot be read
   */
  public Result measure(Optional<SyncNet> network) throws IOException {
    int frames = frames(video, speech);
    List<LumaBlocks> luma = new ArrayList<>(frames);
    List<Optional<DetectedFace>> found = detect(frames, luma);
    Shots shots = Shots.of(luma, FrameRate.REFERENCE);
    int faces = (int) found.stream().filter(Optional::isPresent).count();
    if (faces == 0) {
      return new Result(
          frames, 0, converted, deinterlaced, Optional.empty(), List.of(), Optional.empty());
    }
    FaceMatrices matrices =
        FaceMatrices.follow(
            found.stream().map(face -> face.map(DetectedFace::points)).toList(),
            shots,
            template,
            FrameRate.REFERENCE);
    float[] openings = new float[frames];
    Arrays.fill(openings, Float.NaN);
    List<RangeScore> scores = new ArrayList<>();
    boolean measurable;
    try (Stretches stretches = new Stretches(network, found, shots);
        VideoReader reader = VideoReader.open(file, video);
        Mouths mouths = new Mouths(MouthOpening.open(template))) {
      measurable = mouths.measure().isPresent();
      for (int frame = 0; frame < frames; frame++) {
        try (VideoFrame picture = reader.read(frame)) {
          RgbImage pixels = picture.toRgb();
          openings[frame] = mouths.opening(pixels, matrices.get(frame));
          stretches.add(frame, pixels).ifPresent(scores::add);
        }
        frameDone.run();
      }
    }
    float[] envelope = new SpeechEnvelope().frames(speech, 0, frames);
    return new Result(
        frames,
        faces,
        converted,
        deinterlaced,
        measurable
            ? Optional.of(
                SyncReport.of(
                    openings,
                    envelope,
                    FrameRange.cut(frames, STRETCH_FRAMES),
                    FrameRate.REFERENCE))
            : Optional.empty(),
        scores,
        Optional.of(new Traces(matrices, openings, envelope)));
  }

  private List<Optional<DetectedFace>> detect(int frames, List<LumaBlocks> luma)
      throws IOException {
    List<Optional<DetectedFace>> found = new ArrayList<>(frames);
    try (VideoReader reader = VideoReader.open(file, video);
        FaceDetector detector = FaceDetectors.open()) {
      FaceDetector upright =
          VideoOrientation.of(reader, video.frames(), detector).upright(detector);
      for (int frame = 0; frame < frames; frame++) {
        try (VideoFrame picture = reader.read(frame)) {
          found.add(upright.detectLargest(picture.toRgb()));
          luma.add(LumaBlocks.of(picture));
          converted += picture.isConverted() ? 1 : 0;
          deinterlaced += picture.isDeinterlaced() ? 1 : 0;
        }
        frameDone.run();
      }
    }
    return found;
  }

  /** The face mesh, if this build has it. */
  private record Mouths(Optional<MouthOpening> measure) implements AutoCloseable {

    /** NaN if no mouth is found. */
    float opening(RgbImage picture, Optional<AffineMatrix> face) {
      return measure.isEmpty() || face.isEmpty()
          ? Float.NaN
          : (float) measure.get().measure(picture, face.get()).orElse(Double.NaN);
    }

    @Override
    public void close() {
      measure.ifPresent(MouthOpening::close);
    }
  }

  /** SyncNet's evaluations of the ranges with a face, in order. */
  private final class Stretches implements AutoCloseable {
    private final Optional<SyncNet> network;
    private final List<FaceBoxes> ahead;
    private SyncNetEvaluation evaluation;

    Stretches(Optional<SyncNet> network, List<Optional<DetectedFace>> found, Shots shots) {
      this.network = network;
      this.ahead =
          new ArrayList<>(
              network.isPresent() ? FaceBoxes.follow(found, shots.cuts()::contains) : List.of());
    }

    /** Processes the next frame; returns a score if a range ends with it. */
    Optional<RangeScore> add(int frame, RgbImage picture) throws IOException {
      if (ahead.isEmpty() || frame < ahead.get(0).firstFrame()) {
        return Optional.empty();
      }
      FaceBoxes boxes = ahead.get(0);
      if (evaluation == null) {
        evaluation = new SyncNetEvaluation(network.orElseThrow());
      }
      int index = frame - boxes.firstFrame();
      evaluation.add(boxes.crop(picture, index, SyncNet.SIDE));
      if (index + 1 < boxes.frames()) {
        return Optional.empty();
      }
      Optional<SyncNetScore> score = evaluation.score(speech, boxes.firstFrame());
      close();
      ahead.remove(0);
      return score.map(
          value -> new RangeScore(new FrameRange(boxes.firstFrame(), boxes.frames()), value));
    }

    @Override
    public void close() {
      if (evaluation != null) {
        evaluation.close();
        evaluation = null;
      }
    }
  }
}
