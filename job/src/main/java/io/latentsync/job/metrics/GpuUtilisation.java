package io.latentsync.job.metrics;

import com.codahale.metrics.CachedGauge;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The current utilisation of this machine's GPUs, from {@code nvidia-smi}, which is called at most
 * every few seconds.
 */
final class GpuUtilisation extends CachedGauge<GpuUtilisation.Sample> {
  private static final Logger log = LoggerFactory.getLogger(GpuUtilisation.class);

  private static final int PERIOD_SECONDS = 4;
  private static final int TIMEOUT_SECONDS = 4;

  private final Optional<List<String>> query =
      GpuMeter.query(Optional.ofNullable(System.getenv("PATH")).orElse(""));

  GpuUtilisation() {
    super(PERIOD_SECONDS, TimeUnit.SECONDS);
  }

  /**
   * A sample.
   *
   * @param gpus number of GPUs that report their utilisation
   * @param busy mean utilisation of these GPUs, 0 to 1; 0 without GPUs
   */
  record Sample(int gpus, double busy) {
    static final Sample NONE = new Sample(0, 0);
  }

  @Override
  protected Sample loadValue() {
    if (query.isEmpty()) {
      return Sample.NONE;
    }
    try {
      Process process = new ProcessBuilder(query.get()).redirectErrorStream(true).start();
      try (BufferedReader lines = process.inputReader()) {
        if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly();
          return Sample.NONE;
        }
        double[] busy =
            lines
                .lines()
                .flatMap(line -> GpuSample.parse(line).stream())
                .mapToDouble(GpuSample::utilisation)
                .filter(Double::isFinite)
                .toArray();
        return busy.length == 0
            ? Sample.NONE
            : new Sample(busy.length, Arrays.stream(busy).average().orElseThrow());
      }
    } catch (IOException e) {
      log.debug("nvidia-smi failed", e);
      return Sample.NONE;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Sample.NONE;
    }
  }
}
