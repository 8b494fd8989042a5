package io.latentsync.job.spark;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

final class FaultyNodesTest {
  private static SparkConf avoided(SparkConf conf) {
    FaultyNodes.avoid(conf);
    return conf;
  }

  @Test
  void theLastAttemptOfATaskIsOnAnotherNode() {
    SparkConf conf = avoided(new SparkConf(false));
    assertThat(conf.get("spark.task.maxFailures")).isEqualTo("5");
    assertThat(conf.get("spark.excludeOnFailure.taskAndStage.enabled")).isEqualTo("true");
    assertThat(conf.get("spark.excludeOnFailure.task.maxTaskAttemptsPerNode")).isEqualTo("4");
    SparkConf two = avoided(new SparkConf(false).set("spark.task.maxFailures", "2"));
    assertThat(two.get("spark.excludeOnFailure.task.maxTaskAttemptsPerExecutor")).isEqualTo("1");
  }

  @Test
  void settingsOfTheUserStayAsTheyAre() {
    SparkConf own = new SparkConf(false).set("spark.excludeOnFailure.enabled", "false");
    assertThat(avoided(own).getAll()).hasSize(1);
    SparkConf once = new SparkConf(false).set("spark.task.maxFailures", "1");
    assertThat(avoided(once).getAll()).hasSize(1);
  }
}
