package io.latentsync.job.run;

import io.latentsync.face.align.FaceMatrices;
import io.latentsync.job.failure.DamagedOutputException;
import io.latentsync.job.metrics.Stage;
import io.latentsync.job.provenance.ProvenanceFile;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.result.SpeakerReport;
import io.latentsync.job.spark.NativeFaultWatch;
import io.latentsync.job.spark.TaskResult;
import io.latentsync.job.stage.Loudness;
import io.latentsync.job.stage.OutputBorders;
import io.latentsync.job.stage.Plan;
import io.latentsync.job.stage.TaskSetup;
import io.latentsync.job.stage.Validate;
import io.latentsync.job.synthesis.FaceLayers;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.model.sync.SyncReport;
import io.latentsync.model.validate.FrameMeasure;
import io.latentsync.model.validate.Validation;
import io.latentsync.record.SegmentMetrics;
import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import java.io.IOException;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;

/** Validates a written output in Spark tasks. */
record OutputValidation(JavaSparkContext spark, TaskSetup setup, StageTracker stages) {
  /** In frames, between the planned and the measured end of an output. */
  private static final double MOST_DRIFT = 0.5;

  /**
   * Decodes the output and compares it with the source.
   *
   * @param lips the new lips of each speaker
   * @param loudness of each speech
   * @param speakers the speakers, in the order of their lips
   * @param rendered the segments of the output
   * @throws DamagedOutputException if it cannot be decoded or lacks frames; it is removed then
   * @throws IOException if a file cannot be read
   */
  Validation run(
      Plan plan,
      List<FaceLayers> lips,
      List<Loudness> loudness,
      List<SpeakerReport> speakers,
      List<SegmentMetrics> rendered)
      throws IOException {
    try (StageTracker.Running time = stages.begin(Stage.VALIDATE)) {
      LongAccumulator done = stages.enter(Stage.VALIDATE);
      Broadcast<Plan> shared = spark.broadcast(plan);
      Configuration hadoop = setup.hadoop().value();
      BitSet newLips = new BitSet();
      lips.forEach(
          speaker ->
              speaker
                  .frames(plan)
                  .ranges()
                  .forEach(range -> newLips.set(range.first(), range.first() + range.frames())));
      List<FaceMatrices> matrices =
          lips.stream().map(speaker -> speaker.face().matrices()).toList();
      List<FrameMeasure> measures;
      try {
        VideoProbe output = probe(shared);
        requireFrames(plan, output);
        measures = measures(shared, matrices, newLips, output, done);
        int damaged = Validation.damaged(measures);
        if (damaged > 0) {
          throw damaged(
              plan,
              "%d of its %d frames".formatted(damaged, measures.size())
                  + " cannot be decoded without errors");
        }
      } catch (DamagedOutputException e) {
        DubRequest request = plan.request();
        request.output().delete(hadoop);
        ProvenanceFile.of(request.output()).delete(hadoop);
        throw e;
      }
      stages.finish(Stage.VALIDATE);
      return Validation.of(
          measures,
          new Validation.Facts(
              plan.video().frameRate(),
              plan.segments(),
              OutputBorders.of(plan, newLips),
              newLips,
              plan.request().rendering().encoding().crf(),
              speakers(plan, lips, loudness, speakers, rendered)));
    }
  }

  private static List<Validation.Speaker> speakers(
      Plan plan,
      List<FaceLayers> lips,
      List<Loudness> loudness,
      List<SpeakerReport> speakers,
      List<SegmentMetrics> rendered) {
    return IntStream.range(0, lips.size())
        .mapToObj(
            i ->
                new Validation.Speaker(
                    speakers.get(i).name(),
                    SyncReport.openings(rendered, i, plan.schedule().frames()),
                    loudness.get(lips.get(i).face().speech()).envelope(),
                    speakers.get(i).sync()))
        .toList();
  }

  private static DamagedOutputException damaged(Plan plan, String fault) {
    return new DamagedOutputException(plan.request().output(), fault);
  }

  private static void requireFrames(Plan plan, VideoProbe output) throws DamagedOutputException {
    int frames = plan.schedule().frames();
    if (output.frames() != frames || output.missingFrames() > 0) {
      throw damaged(
          plan,
          "it has %d of %d frames".formatted(output.frames() - output.missingFrames(), frames));
    }
    if (!isSame(plan.video().frameRate(), output.frameRate(), frames)) {
      throw damaged(
          plan,
          "it has %s frames per second, not %s"
              .formatted(output.frameRate(), plan.video().frameRate()));
    }
  }

  /**
   * Whether two rates show the same frames. An odd rate is estimated from timestamps, which each
   * container rounds in its own way.
   */
  static boolean isSame(FrameRate planned, FrameRate measured, int frames) {
    double drift = measured.seconds(frames) - planned.seconds(frames);
    return Math.abs(drift) <= MOST_DRIFT * planned.seconds(1);
  }

  private VideoProbe probe(Broadcast<Plan> plan) throws IOException {
    TaskSetup tasks = setup;
    try {
      return TaskResult.values(
              spark
                  .parallelize(List.of(plan), 1)
                  .mapPartitions(
                      new TaskResult.Of<>(
                          new NativeFaultWatch<>(
                              (Iterator<Broadcast<Plan>> shared) ->
                                  List.of(
                                          Validate.probe(
                                              shared.next().value(), tasks.hadoop().value()))
                                      .iterator())))
                  .collect())
          .get(0);
    } catch (IOException e) {
      throw damaged(plan.value(), e.getMessage());
    }
  }

  private List<FrameMeasure> measures(
      Broadcast<Plan> plan,
      List<FaceMatrices> matrices,
      BitSet newLips,
      VideoProbe output,
      LongAccumulator done)
      throws IOException {
    List<FrameRange> ranges =
        FrameRange.cut(plan.value().schedule().frames(), Validate.RANGE_FRAMES);
    return TaskResult.values(
        spark
            .parallelize(ranges, ranges.size())
            .mapPartitions(
                new TaskResult.Of<>(
                    new NativeFaultWatch<>(
                        new Validate(
                            plan, spark.broadcast(matrices), newLips, output, setup, done))))
            .collect());
  }
}
