package io.latentsync.job;

import com.codahale.metrics.Timer;
import io.latentsync.face.DetectedFace;
import io.latentsync.face.FaceDetector;
import io.latentsync.face.FaceDetectors;
import io.latentsync.face.FacePoints;
import io.latentsync.media.VideoFrame;
import io.latentsync.media.VideoReader;
import io.latentsync.record.FaceObservation;
import io.latentsync.record.ObservedFace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
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
                scratch.input(plan.value().request().video(), hadoop.value()),
                plan.value().video());
        FaceDetector detector = detector(scratch)) {
      while (ranges.hasNext()) {
        FrameRange range = ranges.next();
        for (int frame = range.first(); frame < range.first() + range.frames(); frame++) {
          try (VideoFrame picture = reader.read(frame)) {
            List<DetectedFace> faces = detector.detect(picture.toRgb());
            JobMetrics.FACES_MISSED.inc(faces.isEmpty() ? 1 : 0);
            observations.add(observation(frame, faces));
          }
          JobMetrics.FRAMES_ANALYSED.inc();
          framesDone.add(1);
        }
      }
    }
    return observations.iterator();
  }

  private FaceDetector detector(Scratch scratch) throws IOException {
    String models = plan.value().request().faces().models();
    return models.isEmpty()
        ? FaceDetectors.open()
        : FaceDetectors.open(scratch.input(new Location(models), hadoop.value()));
  }

  private static FaceObservation observation(int frame, List<DetectedFace> faces) {
    List<ObservedFace> observed = new ArrayList<>();
    for (DetectedFace face : faces) {
      FacePoints p = face.points();
      observed.add(
          new ObservedFace(
              List.of(face.x(), face.y(), face.width(), face.height()),
              List.of(p.leftX(), p.leftY(), p.rightX(), p.rightY(), p.noseX(), p.noseY()),
              face.score(),
              face.detector()));
    }
    return new FaceObservation(frame, observed);
  }

  /** The faces that a row tells of. */
  static List<DetectedFace> faces(FaceObservation observation) {
    List<DetectedFace> faces = new ArrayList<>();
    for (ObservedFace face : observation.getFaces()) {
      List<Float> box = face.getBox();
      List<Float> p = face.getPoints();
      faces.add(
          new DetectedFace(
              box.get(0),
              box.get(1),
              box.get(2),
              box.get(3),
              face.getScore(),
              new FacePoints(p.get(0), p.get(1), p.get(2), p.get(3), p.get(4), p.get(5)),
              face.getDetector()));
    }
    return faces;
  }
}
