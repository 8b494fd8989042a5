package io.latentsync.job.spark;

import ai.djl.Device;
import io.latentsync.model.render.ComputePermits;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.stream.IntStream;

/**
 * The devices of a process and the number of tasks on each. In local mode Spark assigns no GPUs, so
 * this class distributes the tasks over them.
 */
final class GpuPool {
  private final Map<Device, Integer> tasks = new HashMap<>();
  private final Map<Device, ComputePermits> permits = new HashMap<>();

  /**
   * Assigns the GPU with the fewest tasks to a task. If there are several, it is the one with the
   * lowest number.
   *
   * @param gpus number of GPUs, at least 1
   */
  synchronized TaskDevice takeAny(int gpus) {
    return take(
        IntStream.range(0, gpus)
            .mapToObj(Device::gpu)
            .min(Comparator.comparingInt(gpu -> tasks.getOrDefault(gpu, 0)))
            .orElseThrow());
  }

  /** Assigns a device to a task. */
  synchronized TaskDevice take(Device device) {
    tasks.merge(device, 1, Integer::sum);
    return new TaskDevice(device, number -> permits(device, number), () -> giveBack(device));
  }

  private synchronized void giveBack(Device device) {
    tasks.merge(device, -1, Integer::sum);
  }

  /** The permits of a device. The first caller determines their number. A CPU has no limit. */
  synchronized ComputePermits permits(Device device, IntSupplier number) {
    return device.getDeviceType().equals(Device.Type.CPU)
        ? ComputePermits.UNLIMITED
        : permits.computeIfAbsent(device, gpu -> new ComputePermits(number.getAsInt()));
  }
}
