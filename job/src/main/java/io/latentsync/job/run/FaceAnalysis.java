package io.latentsync.job.run;

import io.latentsync.face.detect.Rotation;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.metrics.Stage;
import io.latentsync.job.spark.NativeFaultWatch;
import io.latentsync.job.spark.TaskResult;
import io.latentsync.job.stage.Analyse;
import io.latentsync.job.stage.Plan;
import io.latentsync.job.stage.TaskSetup;
import io.latentsync.job.staging.AnalysedFrame;
import io.latentsync.job.staging.StagedFaces;
import io.latentsync.time.FrameRange;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;

/** Runs the face detection of a source video in Spark tasks. */
record FaceAnalysis(JavaSparkContext spark, TaskSetup setup, StageTracker stages) {

  /**
   * The faces in the source frames that a request uses: those that an earlier run has staged, else
   * those that tasks detect.
   *
   * @return the faces and the state of each frame, in order
   * @throws IOException if staging cannot be read
   */
  List<AnalysedFrame> run(Plan plan) throws IOException {
    int frames = plan.schedule().framesUsed();
    Optional<List<AnalysedFrame>> staged =
        StagedFaces.find(frames, plan.staging(), setup.hadoop().value());
    if (staged.isPresent()) {
      stages.finish(Stage.ANALYSE);
      return staged.get();
    }
    return detect(plan, frames);
  }

  private List<AnalysedFrame> detect(Plan plan, int frames) throws InvalidInputException {
    try (StageTracker.Running time = stages.begin(Stage.ANALYSE)) {
      LongAccumulator framesDone = stages.enter(Stage.ANALYSE);
      List<FrameRange> ranges = FrameRange.cut(frames, Analyse.RANGE_FRAMES);
      Broadcast<Plan> shared = spark.broadcast(plan);
      List<AnalysedFrame> faces =
          TaskResult.values(
              spark
                  .parallelize(
                      ranges, spark.getConf().getInt("spark.default.parallelism", ranges.size()))
                  .mapPartitions(
                      new TaskResult.Of<>(
                          new NativeFaultWatch<>(
                              new Analyse(shared, rotation(shared), setup, framesDone))))
                  .collect());
      stages.finish(Stage.ANALYSE);
      return faces;
    }
  }

  /** The rotation that makes the heads upright; determined once for all ranges. */
  private Rotation rotation(Broadcast<Plan> plan) throws InvalidInputException {
    TaskSetup tasks = setup;
    return TaskResult.values(
            spark
                .parallelize(List.of(plan), 1)
                .mapPartitions(
                    new TaskResult.Of<>(
                        new NativeFaultWatch<>(
                            (Iterator<Broadcast<Plan>> shared) ->
                                List.of(
                                        Analyse.rotation(
                                            shared.next().value(), tasks.hadoop().value()))
                                    .iterator())))
                .collect())
        .get(0);
  }
}
