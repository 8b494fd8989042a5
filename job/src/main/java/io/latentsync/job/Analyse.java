package io.latentsync.job;

import com.codahale.metrics.Timer;
import io.latentsync.face.DetectedFace;
import io.latentsync.face.FaceDetector;
import io.latentsync.face.FaceDetectors;
import io.latentsync.media.VideoFrame;
import io.latentsync.media.VideoReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;

/**
 * The stage that looks for faces: ranges of source frames in, the faces of each frame out, in
 * order. What is said of a frame depends on that frame alone.
 */
final class Analyse implements FlatMapFunction<Iterator<FrameRange>, List<DetectedFace>> {
  private static final long serialVersionUID = 1L;

  /** Frames of a range: some seconds of decoding and detecting. */
  static final int RANGE_FRAMES = 128;

  private final Broadcast<Plan> plan;
  private final SerializableConfiguration hadoop;
  private final LongAccumulator framesDone;

  Analyse(Broadcast<Plan> plan, SerializableConfiguration hadoop, LongAccumulator framesDone) {
    this.plan = plan;
    this.hadoop = hadoop;
    this.framesDone = framesDone;
  }

  @Override
  public Iterator<List<DetectedFace>> call(Iterator<FrameRange> ranges) throws IOException {
    List<List<DetectedFace>> found = new ArrayList<>();
    try (Timer.Context time = JobMetrics.ANALYSE.time();
        Scratch scratch = Scratch.of(plan.value().staging());
        VideoReader reader =
            VideoReader.open(
                scratch.input(plan.value().request().video(), hadoop.value()),
                plan.value().video());
        FaceDetector detector = detector(scratch)) {
      while (ranges.hasNext()) {
        FrameRange range = ranges.next();
        for (int frame = range.first(); frame < range.first() + range.frames(); frame++) {
          try (VideoFrame picture = reader.read(frame)) {
            List<DetectedFace> faces = detector.detect(picture.toRgb());
            JobMetrics.FACES_MISSED.inc(faces.isEmpty() ? 1 : 0);
            found.add(List.copyOf(faces));
          }
          JobMetrics.FRAMES_ANALYSED.inc();
          framesDone.add(1);
        }
      }
    }
    return found.iterator();
  }

  private FaceDetector detector(Scratch scratch) throws IOException {
    String models = plan.value().request().faces().models();
    return models.isEmpty()
        ? FaceDetectors.open()
        : FaceDetectors.open(scratch.input(new Location(models), hadoop.value()));
  }
}
