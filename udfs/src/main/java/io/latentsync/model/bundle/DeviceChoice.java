package io.latentsync.model.bundle;

import ai.djl.Device;
import io.latentsync.nn.torch.TorchEngine;
import java.io.IOException;
import java.util.Locale;
import java.util.OptionalInt;

/** The device that the user selects for the networks. */
public enum DeviceChoice {
  /** The GPU assigned to the task or, in local mode, a GPU of the machine; else the CPU. */
  AUTO,
  /** The processor. */
  CPU,
  /** An NVIDIA GPU. */
  CUDA,
  /** The GPU of an Apple processor. */
  MPS;

  /**
   * The hardware of this machine that libtorch can use.
   *
   * @param gpus number of CUDA GPUs
   * @param mps whether it has an Apple processor
   */
  public record Hardware(int gpus, boolean mps) {
    /** This machine, with the natives of this build. */
    public static Hardware here() {
      return new Hardware(TorchEngine.gpus(), TorchEngine.hasMps());
    }
  }

  /**
   * The device for a task.
   *
   * @param assigned number of the GPU that the cluster assigned to the task; empty if none
   * @param shared whether the machine belongs to a cluster, where an unassigned GPU may be in use
   * @throws IOException if this machine has no such device; the message says what to do
   */
  public Device device(OptionalInt assigned, boolean shared, Hardware hardware) throws IOException {
    return switch (this) {
      case CPU -> Device.cpu();
      case CUDA -> gpu(assigned.orElse(0), hardware);
      case MPS -> {
        if (!hardware.mps()) {
          throw new IOException(
              "--device is mps, but this is no Mac with an Apple processor; it must be auto, cpu or"
                  + " cuda here");
        }
        yield apple();
      }
      case AUTO -> {
        if (assigned.isPresent()) {
          yield gpu(assigned.getAsInt(), hardware);
        }
        if (hardware.gpus() > 0 && !shared) {
          yield Device.gpu(0);
        }
        yield hardware.mps() ? apple() : Device.cpu();
      }
    };
  }

  private Device gpu(int number, Hardware hardware) throws IOException {
    if (number >= hardware.gpus()) {
      throw new IOException(
          "--device is %s, which is GPU %d here, but libtorch has %d GPUs; build with -Pcuda and use a node with NVIDIA's driver, or use --device cpu"
              .formatted(this, number, hardware.gpus()));
    }
    return Device.gpu(number);
  }

  private static Device apple() {
    return Device.of("mps", 0);
  }

  /** The name on the command line, in lower case. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
