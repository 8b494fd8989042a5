package io.latentsync.job.stage;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.request.ModelFiles;
import io.latentsync.job.spark.GpuShare;
import io.latentsync.job.spark.NativeFaultWatch;
import io.latentsync.job.spark.TaskDevice;
import io.latentsync.job.spark.TaskResult;
import io.latentsync.job.storage.Scratch;
import java.util.Collections;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Checks each kind of layer of the networks in a Spark task, on the device of the synthesis, before
 * any frame is analysed. An executor that joins later runs the same check when it loads the
 * networks.
 */
public final class NumericTrial {
  private NumericTrial() {}

  /**
   * Runs the check. If a task fails, the thrown exception has the task's exception as its cause,
   * such as {@link io.latentsync.nn.torch.WrongNumbersException}.
   *
   * @param requests one request per model
   * @throws InvalidInputException if a file of the model cannot be used
   * @throws InterruptedException if this thread is interrupted; Spark throws it without declaring
   *     it
   */
  public static void require(JavaSparkContext spark, List<DubRequest> requests)
      throws InterruptedException, InvalidInputException {
    SerializableConfiguration hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    spark.setJobDescription("check layers");
    try {
      for (DubRequest request : requests) {
        TaskResult.values(
            GpuShare.on(spark.parallelize(List.of(request), 1), request.rendering())
                .flatMap(
                    new TaskResult.Of<>(
                        new NativeFaultWatch<DubRequest, String>(
                            input -> {
                              try (TaskDevice taken =
                                      GpuShare.device(input.rendering().compute().device());
                                  Scratch scratch = Scratch.temporary()) {
                                new ModelFiles(hadoop.value())
                                    .requireCorrectLayers(input, taken.device(), scratch);
                              }
                              return Collections.emptyIterator();
                            })))
                .collect());
      }
    } finally {
      spark.setJobDescription(null);
    }
  }
}
