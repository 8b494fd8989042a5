package io.latentsync.job.stage;

import io.latentsync.face.align.AffineMatrix;
import io.latentsync.face.align.FaceMatrices;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.job.metrics.Stage;
import io.latentsync.job.metrics.TaskTime;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.spark.TaskInterrupts;
import io.latentsync.job.storage.Scratch;
import io.latentsync.media.video.Deinterlacing;
import io.latentsync.media.video.FrameRatePolicy;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.model.render.VisibleLabel;
import io.latentsync.model.validate.FrameMeasure;
import io.latentsync.model.validate.OutputComparison;
import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;

/**
 * The stage that decodes the finished output and compares it with the source. Input: ranges of its
 * frames. Output: the measures of each frame, in order.
 */
public final class Validate implements FlatMapFunction<Iterator<FrameRange>, FrameMeasure> {
  private static final long serialVersionUID = 1L;

  /** Frames per range: some seconds of work. */
  public static final int RANGE_FRAMES = 256;

  private final Broadcast<Plan> plan;
  private final Broadcast<List<FaceMatrices>> matrices;
  private final BitSet newLips;
  private final VideoProbe output;
  private final TaskSetup setup;
  private final LongAccumulator framesDone;

  /**
   * A stage.
   *
   * @param matrices affine matrices of the source frames, of each dubbed face
   * @param newLips frames of the output with new lips
   * @param output properties of the output, see {@link #probe}
   */
  public Validate(
      Broadcast<Plan> plan,
      Broadcast<List<FaceMatrices>> matrices,
      BitSet newLips,
      VideoProbe output,
      TaskSetup setup,
      LongAccumulator framesDone) {
    this.plan = plan;
    this.matrices = matrices;
    this.newLips = (BitSet) newLips.clone();
    this.output = output;
    this.setup = setup;
    this.framesDone = framesDone;
  }

  /**
   * The properties of the written output, at its own rate.
   *
   * @throws IOException if it cannot be read
   */
  public static VideoProbe probe(Plan plan, Configuration hadoop) throws IOException {
    try (Scratch scratch = Scratch.in(plan.staging().folder())) {
      boolean usual = plan.video().frameRate().equals(FrameRate.REFERENCE);
      return VideoProbe.of(
          scratch.input(plan.request().output(), hadoop),
          usual ? FrameRatePolicy.REFERENCE : FrameRatePolicy.SOURCE,
          Deinterlacing.OFF);
    }
  }

  @Override
  public Iterator<FrameMeasure> call(Iterator<FrameRange> ranges) throws IOException {
    Plan work = plan.value();
    DubRequest request = work.request();
    Configuration hadoop = setup.hadoop().value();
    List<FrameMeasure> measures = new ArrayList<>();
    try (TaskTime time = new TaskTime(Stage.VALIDATE, request.id(), setup.profile());
        Scratch scratch = Scratch.in(work.staging().folder());
        OutputComparison comparison =
            new OutputComparison(
                new OutputComparison.Video(scratch.input(request.output(), hadoop), output),
                new OutputComparison.Video(scratch.input(request.video(), hadoop), work.video()),
                work.schedule()::source,
                this::faces,
                newLips::get,
                new FaceTemplate(work.resolution()),
                VisibleLabel.of(request.rendering().pasting().label(), work.video()).stream()
                    .map(VisibleLabel::area)
                    .toList())) {
      while (ranges.hasNext()) {
        comparison.compare(
            ranges.next(),
            measure -> {
              TaskInterrupts.stopIfKilled();
              measures.add(measure);
              framesDone.add(1);
            });
      }
    }
    return measures.iterator();
  }

  private List<AffineMatrix> faces(int frame) {
    int shown = plan.value().schedule().source(frame);
    return matrices.value().stream().flatMap(face -> face.get(shown).stream()).toList();
  }
}
