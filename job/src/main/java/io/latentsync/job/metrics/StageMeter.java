package io.latentsync.job.metrics;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.Pointer;
import oshi.SystemInfo;
import oshi.hardware.CentralProcessor;
import oshi.software.os.OSProcess;
import oshi.util.GlobalConfig;

/**
 * Measures the use of processors, memory and GPUs, from {@link #begin} to {@link #finish} or {@link
 * #close}.
 */
public final class StageMeter implements AutoCloseable {
  private static final int MEMORY_PERIOD_MILLIS = 10;

  private final String stage;
  private final String processName;
  private final OSProcess process;
  private final long start;
  private final long[] ticks;
  private final long busyMillis;
  private final Optional<MemoryPeak> memory;
  private final Optional<GpuMeter> gpus;

  /** The machine; OSHI needs some time to detect it. */
  private static final class Machine {
    static {
      // By default OSHI caches values for a third of a second.
      GlobalConfig.set(GlobalConfig.OSHI_UTIL_MEMOIZER_EXPIRATION, 0);
    }

    static final SystemInfo SYSTEM = new SystemInfo();
    static final CentralProcessor PROCESSOR = SYSTEM.getHardware().getProcessor();
  }

  /** The measurements. */
  public record Measured(StageUse use, List<GpuUse> gpus) {}

  /** Samples the memory in a separate thread. */
  private static final class MemoryPeak implements AutoCloseable {
    private final ScheduledExecutorService thread =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread daemon = new Thread(task, "profile-memory");
              daemon.setDaemon(true);
              return daemon;
            });
    private final Future<?> sampling;
    private long heap;
    private long resident;

    MemoryPeak() {
      sample();
      sampling =
          thread.scheduleAtFixedRate(
              this::sample, MEMORY_PERIOD_MILLIS, MEMORY_PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    final synchronized void sample() {
      heap = Math.max(heap, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
      resident = Math.max(resident, Pointer.physicalBytes());
    }

    synchronized long heap() {
      return heap;
    }

    synchronized long resident() {
      return resident;
    }

    @Override
    public void close() {
      sampling.cancel(false);
      thread.shutdown();
    }
  }

  private StageMeter(String stage, String processName, boolean withMemory) throws IOException {
    this.stage = stage;
    this.processName = processName;
    this.process = Machine.SYSTEM.getOperatingSystem().getCurrentProcess();
    this.gpus = GpuMeter.begin(Optional.ofNullable(System.getenv("PATH")).orElse(""));
    this.memory = withMemory ? Optional.of(new MemoryPeak()) : Optional.empty();
    this.ticks = Machine.PROCESSOR.getSystemCpuLoadTicks();
    this.busyMillis = process.getKernelTime() + process.getUserTime();
    this.start = System.nanoTime();
  }

  /**
   * Starts the measurement.
   *
   * @param stage the stage's label
   * @param processName the executor, or the driver
   * @param withMemory whether to sample the memory as well, 100 times per second
   * @throws IOException if {@code nvidia-smi} exists but cannot be started
   */
  public static StageMeter begin(String stage, String processName, boolean withMemory)
      throws IOException {
    return new StageMeter(stage, processName, withMemory);
  }

  /** Ends the measurement and returns the result. */
  public Measured finish() {
    long nanos = System.nanoTime() - start;
    process.updateAttributes();
    long busy = process.getKernelTime() + process.getUserTime() - busyMillis;
    memory.ifPresent(MemoryPeak::sample);
    Measured measured =
        new Measured(
            new StageUse(
                stage,
                processName,
                nanos,
                Machine.PROCESSOR.getSystemCpuLoadBetweenTicks(ticks),
                busy / (nanos / 1e6),
                memory.map(MemoryPeak::heap).orElse(StageUse.NOT_MEASURED),
                memory.map(MemoryPeak::resident).orElse(StageUse.NOT_MEASURED)),
            gpus.map(meter -> meter.finish(stage, processName)).orElse(List.of()));
    close();
    return measured;
  }

  @Override
  public void close() {
    memory.ifPresent(MemoryPeak::close);
    gpus.ifPresent(GpuMeter::close);
  }
}
