package io.latentsync.job;

import com.codahale.metrics.Timer;
import io.latentsync.face.DetectedFace;
import io.latentsync.face.FaceDetector;
import io.latentsync.face.FaceDetectors;
import io.latentsync.face.FacePoints;
import io.latentsync.media.VideoFrame;
import io.latentsync.media.VideoReader;
import io.latentsync.record.FaceObservation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;

/**
 * The stage that looks for faces: ranges of source frames in, a small row for each frame out. What
 * is said of a frame depends on that frame alone.
 */
final class Analyse implements FlatMapFunction<Iterator<FrameRange>, FaceObservation> {
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
  public Iterator<FaceObservation> call(Iterator<FrameRange> ranges) throws IOException {
    List<FaceObservation> observations = new ArrayList<>();
    try (Timer.Context time = JobMetrics.ANALYSE.time();
        Scratch scratch = Scratch.of(plan.value().staging());
        VideoReader reader =
            VideoReader.open(
                plan.value().request().video().fetch(hadoop.value(), scratch.folder()),
                plan.value().video());
        FaceDetector detector = FaceDetectors.open()) {
      while (ranges.hasNext()) {
        FrameRange range = ranges.next();
        for (int frame = range.first(); frame < range.first() + range.frames(); frame++) {
          try (VideoFrame picture = reader.read(frame)) {
            Optional<DetectedFace> face = detector.detectLargest(picture.toRgb());
            JobMetrics.FACES_MISSED.inc(face.isPresent() ? 0 : 1);
            observations.add(observation(frame, face));
          }
          JobMetrics.FRAMES_ANALYSED.inc();
          framesDone.add(1);
        }
      }
    }
    return observations.iterator();
  }

  private static FaceObservation observation(int frame, Optional<DetectedFace> face) {
    List<Float> points = new ArrayList<>();
    if (face.isPresent()) {
      FacePoints p = face.get().points();
      points.addAll(List.of(p.leftX(), p.leftY(), p.rightX(), p.rightY(), p.noseX(), p.noseY()));
    }
    return new FaceObservation(frame, points, face.map(DetectedFace::score).orElse(0f));
  }
}
