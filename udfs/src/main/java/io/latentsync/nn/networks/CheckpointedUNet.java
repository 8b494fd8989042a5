package io.latentsync.nn.networks;

import ai.djl.ndarray.NDArray;
import io.latentsync.nn.torch.GradientCheckpoints;
import io.latentsync.nn.torch.TorchProgram;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The UNet with a gradient checkpoint before each of its parts: first convolution, layers, changes
 * of size, last convolution. A layer is a residual block with its attention and motion module. The
 * order of the parts is that of the method {@code predict} in {@code unet.py}.
 */
final class CheckpointedUNet {
  private static final int DOWN = 0;
  private static final int MIDDLE = 1;
  private static final int UP = 2;

  private static final long[] NOWHERE = {};

  private final UNet3dConfig config;
  private final TorchProgram program;
  private final GradientCheckpoints checkpoints;

  CheckpointedUNet(UNet3dConfig config, TorchProgram program, GradientCheckpoints checkpoints) {
    this.config = config;
    this.program = program;
    this.checkpoints = checkpoints;
  }

  /** Predicts as {@link UNet3d#predict} does, from inputs that fit the config. */
  NDArray predict(NDArray sample, NDArray timesteps, NDArray speech) {
    NDArray time = part("part_time", timesteps, sample);
    NDArray x = part("part_first", sample);
    Deque<NDArray> skips = new ArrayDeque<>();
    skips.push(x);
    for (int i = 0; i < config.levels(); i++) {
      for (int j = 0; j < config.layersPerBlock(); j++) {
        x = part("part_layer", place(DOWN, i, j), x, time, speech);
        skips.push(x);
      }
      if (has("down_blocks." + i + ".downsamplers.0.conv.weight")) {
        x = part("part_downsample", place(DOWN, i, 0), x);
        skips.push(x);
      }
    }
    x = part("part_layer", place(MIDDLE, 0, 0), x, time, speech);
    x = part("part_middle_end", x, time);
    for (int i = 0; i < config.levels(); i++) {
      for (int j = 0; j <= config.layersPerBlock(); j++) {
        x = part("part_joined_layer", place(UP, i, j), x, skips.pop(), time, speech);
      }
      if (has("up_blocks." + i + ".upsamplers.0.conv.weight")) {
        x = part("part_upsample", place(UP, i, 0), x, skips.element());
      }
    }
    return part("part_last", x);
  }

  private boolean has(String tensor) {
    return config.tensors().containsKey(tensor);
  }

  private NDArray part(String method, NDArray... inputs) {
    return part(method, NOWHERE, inputs);
  }

  private NDArray part(String method, long[] place, NDArray... inputs) {
    return program.callPart(checkpoints, method, place, inputs);
  }

  private static long[] place(long side, long block, long layer) {
    return new long[] {side, block, layer};
  }
}
