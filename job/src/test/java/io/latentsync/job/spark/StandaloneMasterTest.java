package io.latentsync.job.spark;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.job.failure.OutageException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

final class StandaloneMasterTest {
  private static SparkConf conf(String master) {
    return new SparkConf(false).setMaster(master);
  }

  private static ServerSocket server() throws Exception {
    return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  }

  @Test
  void aMasterThatDoesNotAnswerIsNamed() throws Exception {
    String master;
    try (ServerSocket closed = server()) {
      master = "spark://localhost:" + closed.getLocalPort();
    }
    assertThatThrownBy(() -> StandaloneMaster.requireReachable(conf(master)))
        .isInstanceOf(OutageException.class)
        .hasMessage("the Spark master %s cannot be reached: Connection refused", master);
  }

  @Test
  void oneOfSeveralMastersIsEnough() throws Exception {
    int closedPort;
    try (ServerSocket closed = server()) {
      closedPort = closed.getLocalPort();
    }
    try (ServerSocket open = server()) {
      String masters =
          "spark://localhost:%d,localhost:%d".formatted(closedPort, open.getLocalPort());
      assertThatCode(() -> StandaloneMaster.requireReachable(conf(masters)))
          .doesNotThrowAnyException();
    }
  }

  @Test
  void otherMastersAreNotChecked() {
    assertThatCode(() -> StandaloneMaster.requireReachable(conf("yarn")))
        .doesNotThrowAnyException();
  }
}
