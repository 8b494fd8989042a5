package io.latentsync.job.spark;

import com.google.common.base.Splitter;
import com.google.common.net.HostAndPort;
import io.latentsync.job.failure.FailureReason;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.failure.OutageException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkConf;

/**
 * Checks the master of a standalone cluster. Spark itself retries for a minute if the master does
 * not answer, and then fails with an unrelated error.
 */
final class StandaloneMaster {
  private static final String SCHEME = "spark://";
  private static final int USUAL_PORT = 7077;
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private StandaloneMaster() {}

  /**
   * Checks that one of the masters answers, if the settings name a standalone cluster.
   *
   * @throws OutageException if none answers; the message has the reason for each master
   * @throws InvalidInputException if no address is valid
   */
  static void requireReachable(SparkConf conf) throws IOException {
    String master = conf.get("spark.master", "");
    if (!master.startsWith(SCHEME)) {
      return;
    }
    List<String> reasons = new ArrayList<>();
    IOException last = null;
    List<String> addresses =
        Splitter.on(',').trimResults().splitToList(master.substring(SCHEME.length()));
    for (String address : addresses) {
      try {
        connect(HostAndPort.fromString(address), TIMEOUT.dividedBy(addresses.size()));
        return;
      } catch (IOException e) {
        reasons.add(FailureReason.withoutFile(e));
        last = e;
      } catch (IllegalArgumentException e) {
        reasons.add(FailureReason.withoutFile(e));
      }
    }
    String message =
        "the Spark master %s cannot be reached: %s".formatted(master, String.join("; ", reasons));
    throw last == null ? new InvalidInputException(message) : new OutageException(message, last);
  }

  private static void connect(HostAndPort address, Duration timeout) throws IOException {
    InetSocketAddress resolved =
        new InetSocketAddress(address.getHost(), address.getPortOrDefault(USUAL_PORT));
    if (resolved.isUnresolved()) {
      throw new UnknownHostException(address.getHost());
    }
    try (Socket socket = new Socket()) {
      socket.connect(resolved, Math.toIntExact(timeout.toMillis()));
    }
  }
}
