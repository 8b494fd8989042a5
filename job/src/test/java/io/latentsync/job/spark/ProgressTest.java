package io.latentsync.job.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.job.cli.progress.TerminalProgress;
import io.latentsync.job.metrics.Stage;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;
import org.junit.jupiter.api.Test;

final class ProgressTest {
  @Test
  void theWorkOfAFailedRequestIsRemoved() throws Exception {
    SparkConf conf =
        new SparkConf().setAppName("test").setMaster("local[1]").set("spark.ui.enabled", "false");
    try (JavaSparkContext spark = new JavaSparkContext(conf);
        Progress progress = new Progress(spark.sc(), TerminalProgress::open)) {
      progress.expect(Stage.SYNTHESISE, "good", 4);
      progress.expect(Stage.SYNTHESISE, "bad", 3);
      progress.expect(Stage.STITCH, "bad", 1);
      LongAccumulator good = progress.enter(Stage.SYNTHESISE, "good");
      LongAccumulator bad = progress.enter(Stage.SYNTHESISE, "bad");

      spark.parallelize(List.of(1, 2), 2).foreach(frame -> good.add(1));
      spark.parallelize(List.of(1), 1).foreach(frame -> bad.add(1));
      assertThatThrownBy(
              () ->
                  spark
                      .parallelize(List.of(2), 1)
                      .foreach(
                          frame -> {
                            bad.add(1);
                            throw new IllegalStateException("as if the disk were full");
                          }))
          .hasStackTraceContaining("as if the disk were full");
      // Spark calls listeners some time after a task has ended.
      spark.sc().listenerBus().waitUntilEmpty();
      assertThat(progress.count(Stage.SYNTHESISE)).isEqualTo(new Progress.Count(3, 7));

      progress.drop("bad");
      assertThat(progress.count(Stage.SYNTHESISE)).isEqualTo(new Progress.Count(2, 4));
      assertThat(progress.count(Stage.STITCH)).isEqualTo(new Progress.Count(0, 0));

      progress.finish(Stage.SYNTHESISE, "good");
      assertThat(progress.count(Stage.SYNTHESISE)).isEqualTo(new Progress.Count(4, 4));
    }
  }
}
