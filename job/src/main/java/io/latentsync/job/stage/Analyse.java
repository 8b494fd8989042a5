package io.latentsync.job.stage;

import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FaceDetector;
import io.latentsync.face.detect.FaceDetectors;
import io.latentsync.face.detect.Rotation;
import io.latentsync.face.track.VideoOrientation;
import io.latentsync.job.metrics.JobMetrics;
import io.latentsync.job.metrics.Stage;
import io.latentsync.job.metrics.TaskTime;
import io.latentsync.job.request.FaceOptions;
import io.latentsync.job.spark.TaskInterrupts;
import io.latentsync.job.staging.AnalysedFrame;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoReader;
import io.latentsync.shot.LumaBlocks;
import io.latentsync.time.FrameRange;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;

/**
 * The stage that detects faces. Input: ranges of source frames. Output: the faces, the luma and the
 * state of each frame, in order. The result of a frame depends only on that frame and the video's
 * orientation.
 */
public final class Analyse implements FlatMapFunction<Iterator<FrameRange>, AnalysedFrame> {
  private static final long serialVersionUID = 1L;

  /** Frames per range: a few seconds of work. */
  public static final int RANGE_FRAMES = 128;

  private final Broadcast<Plan> plan;
  private final Rotation rotation;
  private final TaskSetup setup;
  private final LongAccumulator framesDone;

  /**
   * A stage.
   *
   * @param rotation rotation that makes the heads in the video upright, see {@link #rotation}
   */
  public Analyse(
      Broadcast<Plan> plan, Rotation rotation, TaskSetup setup, LongAccumulator framesDone) {
    this.plan = plan;
    this.rotation = rotation;
    this.setup = setup;
    this.framesDone = framesDone;
  }

  @Override
  public Iterator<AnalysedFrame> call(Iterator<FrameRange> ranges) throws IOException {
    List<AnalysedFrame> found = new ArrayList<>();
    Configuration configuration = setup.hadoop().value();
    try (TaskTime time = new TaskTime(Stage.ANALYSE, plan.value().request().id(), setup.profile());
        Scratch scratch = Scratch.in(plan.value().staging().folder());
        VideoReader reader =
            VideoReader.open(
                scratch.input(plan.value().request().video(), configuration),
                plan.value().video());
        FaceDetector detector =
            rotation.upright(detector(plan.value().request().faces(), configuration, scratch))) {
      while (ranges.hasNext()) {
        FrameRange range = ranges.next();
        for (int frame = range.first(); frame < range.first() + range.frames(); frame++) {
          TaskInterrupts.stopIfKilled();
          try (VideoFrame picture = reader.read(frame)) {
            List<DetectedFace> faces = detector.detect(picture.toRgb());
            JobMetrics.FACES_MISSED.inc(faces.isEmpty() ? 1 : 0);
            found.add(new AnalysedFrame(picture.state(), LumaBlocks.of(picture), faces));
          }
          JobMetrics.FRAMES_ANALYSED.inc();
          framesDone.add(1);
        }
      }
    }
    return found.iterator();
  }

  /**
   * Determines the rotation that makes the heads upright, one for the whole video.
   *
   * @throws IOException if the video cannot be read
   */
  public static Rotation rotation(Plan plan, Configuration hadoop) throws IOException {
    try (Scratch scratch = Scratch.in(plan.staging().folder());
        VideoReader reader =
            VideoReader.open(scratch.input(plan.request().video(), hadoop), plan.video());
        FaceDetector detector = detector(plan.request().faces(), hadoop, scratch)) {
      return VideoOrientation.of(reader, plan.video().frames(), detector);
    }
  }

  /**
   * Opens the detector of a request.
   *
   * @throws IOException if InsightFace's models cannot be read
   */
  public static FaceDetector detector(FaceOptions faces, Configuration hadoop, Scratch scratch)
      throws IOException {
    Optional<Location> models = faces.insightFace();
    return models.isPresent()
        ? FaceDetectors.open(scratch.input(models.get(), hadoop))
        : FaceDetectors.open();
  }
}
