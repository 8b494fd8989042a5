package io.latentsync.job.cli.probe;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.latentsync.model.bundle.Precision;
import io.latentsync.model.estimate.SpeedTrial;
import java.io.Serializable;

/**
 * How fast a task computes the networks.
 *
 * @param deviceType DJL's name of the kind of device
 * @param type of UNet and VAE
 * @param flopsPerSecond floating-point operations per second
 */
public record TaskSpeed(String deviceType, DataType type, double flopsPerSecond)
    implements Serializable {

  /**
   * Measures a device of this machine. Takes about one second.
   *
   * @param precision the requested element type
   * @param threads per tensor operation
   */
  static TaskSpeed measure(Device device, Precision precision, int threads) {
    DataType type = precision.on(device);
    return new TaskSpeed(
        device.getDeviceType(),
        type,
        SpeedTrial.flopsPerSecond(device, threads, SpeedTrial.measured(device, type)));
  }

  /** A device of the kind. */
  Device device() {
    return Device.of(deviceType, isCpu() ? -1 : 0);
  }

  /** Whether the networks are computed on a CPU. */
  public boolean isCpu() {
    return deviceType.equals(Device.Type.CPU);
  }

  /** The element type of the measurement, see {@link SpeedTrial#measured}. */
  DataType measured() {
    return SpeedTrial.measured(device(), type);
  }
}
