package io.latentsync.job.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.metrics.Stage;
import java.io.IOException;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;
import org.junit.jupiter.api.Test;

final class StagePoolsTest {
  @Test
  void eachStageHasItsPool() throws IOException {
    SparkConf conf =
        new SparkConf().setAppName("test").setMaster("local[1]").set("spark.ui.enabled", "false");
    try (JavaSparkContext spark = StagePools.start(conf)) {
      for (Stage stage : Stage.values()) {
        assertThat(spark.sc().getPoolForName(stage.label()).isDefined()).as(stage.label()).isTrue();
      }
      assertThat(spark.sc().getPoolForName(Stage.STITCH.label()).get().minShare()).isEqualTo(1);
    }
    // Otherwise Spark would find a file on its own class path.
    assertThat(SparkConf.class.getResource("/fairscheduler.xml")).isNull();
  }

  @Test
  void aStartThatAConcurrentChangeEndsIsRepeated() throws IOException {
    FailsOnce.STARTS.set(0);
    SparkConf conf =
        new SparkConf()
            .setAppName("test")
            .setMaster("local[1]")
            .set("spark.ui.enabled", "false")
            .set("spark.plugins", FailsOnce.class.getName());
    try (JavaSparkContext spark = StagePools.start(conf)) {
      assertThat(spark.parallelize(List.of(1, 2)).count()).isEqualTo(2);
    }
    assertThat(FailsOnce.STARTS).hasValue(2);
  }

  /** Its first start fails as Spark's did. */
  public static final class FailsOnce implements SparkPlugin {
    private static final AtomicInteger STARTS = new AtomicInteger();

    @Override
    public DriverPlugin driverPlugin() {
      return new DriverPlugin() {
        @Override
        public Map<String, String> init(SparkContext spark, PluginContext context) {
          if (STARTS.incrementAndGet() == 1) {
            throw new ConcurrentModificationException();
          }
          return Map.of();
        }
      };
    }

    @Override
    public ExecutorPlugin executorPlugin() {
      return new ExecutorPlugin() {};
    }
  }
}
