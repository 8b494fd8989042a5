package io.latentsync.job.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.metrics.Stage;
import java.io.IOException;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
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
}
