package io.latentsync.job.stage;

import io.latentsync.job.request.DubRequest;
import io.latentsync.job.request.ModelFiles;
import io.latentsync.job.spark.GpuShare;
import io.latentsync.job.storage.Scratch;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Has a task compute each kind of layer of the networks, on the device that they will run on,
 * before any frame is analysed. An executor that joins later does the same when it loads the
 * networks.
 */
public final class NumericTrial {
  private NumericTrial() {}

  /**
   * Passes if every layer comes out right. Anything it throws has as a cause what a task threw,
   * such as {@link io.latentsync.nn.torch.WrongNumbersException}.
   *
   * @param requests with equal models once each
   * @throws InterruptedException if this thread is interrupted; Spark throws it without declaring
   *     it
   */
  public static void require(JavaSparkContext spark, List<DubRequest> requests)
      throws InterruptedException {
    SerializableConfiguration hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    for (DubRequest request : requests) {
      GpuShare.on(spark.parallelize(List.of(request), 1), request.rendering())
          .foreach(
              wanted -> {
                try (Scratch scratch = Scratch.temporary()) {
                  new ModelFiles(hadoop.value())
                      .requireRightNumbers(
                          wanted, GpuShare.device(wanted.rendering().device()), scratch);
                }
              });
    }
  }
}
