package io.latentsync.nn.networks;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.TensorFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** UNets of other sizes than the published ones, with generated weights. */
class UNet3dTest {
  private static final UNet3dConfig.Motion MOTION =
      new UNet3dConfig.Motion(List.of(1, 2), true, false, 4, 2, 3, 2, true, 24);

  @TempDir private Path temporary;

  private static UNet3dConfig config(Optional<UNet3dConfig.Motion> motion) {
    return new UNet3dConfig(
        13,
        4,
        List.of(32, 64),
        List.of(true, false),
        List.of(false, true),
        1,
        4,
        24,
        true,
        8,
        1e-5,
        motion);
  }

  /**
   * Loads small random weights that depend only on the tensor's name. The last layers of the motion
   * modules may be zeros.
   */
  private UNet3d load(UNet3dConfig config, boolean motionless) throws IOException {
    SortedMap<String, long[]> tensors = config.tensors();
    int length =
        tensors.values().stream().mapToInt(shape -> Math.toIntExact(new Shape(shape).size())).sum();
    float[] values = new float[length];
    ObjectNode header = new ObjectMapper().createObjectNode();
    int offset = 0;
    for (Map.Entry<String, long[]> entry : tensors.entrySet()) {
      int size = Math.toIntExact(new Shape(entry.getValue()).size());
      boolean zero = motionless && entry.getKey().contains("temporal_transformer.proj_out");
      Random random = new Random(entry.getKey().hashCode());
      for (int i = 0; i < size; i++) {
        values[offset + i] = zero ? 0 : 0.2f * (random.nextFloat() - 0.5f);
      }
      ObjectNode tensor = header.putObject(entry.getKey()).put("dtype", "F32");
      for (long side : entry.getValue()) {
        tensor.withArray("shape").add(side);
      }
      tensor.withArray("shape");
      tensor.withArray("data_offsets").add(4L * offset).add(4L * (offset + size));
      offset += size;
    }
    Path file =
        TensorFiles.safetensors(
            temporary.resolve("unet.safetensors"),
            header.toString(),
            TensorFiles.littleEndian(values));
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      return UNet3d.load(config, checkpoint, Device.cpu(), DataType.FLOAT32);
    }
  }

  private static NDArray predict(UNet3d unet, NDManager manager) {
    NDArray sample = manager.arange(2f * 13 * 3 * 5 * 7).sin().reshape(2, 13, 3, 5, 7);
    NDArray audio = manager.arange(6f * 10 * 24).cos().reshape(6, 10, 24);
    NDArray noise = unet.predict(sample, 501, audio);
    NDArray timestep = manager.create(new long[] {501});
    UNet3d.Prediction full = unet.predictKeeping(sample, timestep, audio);
    assertThat(unet.predictShallow(sample, timestep, audio, full.deepFeatures()).toFloatArray())
        .isEqualTo(noise.toFloatArray());
    return noise;
  }

  @Test
  void latentsWithOddSidesKeepTheirSize() throws IOException {
    try (UNet3d unet = load(config(Optional.empty()), false);
        NDManager manager = NDManager.newBaseManager()) {
      assertThat(predict(unet, manager).getShape()).isEqualTo(new Shape(2, 4, 3, 5, 7));
    }
  }

  @Test
  void motionModulesWithZeroOutputDoNotChangeThePrediction() throws IOException {
    try (UNet3d without = load(config(Optional.empty()), false);
        UNet3d still = load(config(Optional.of(MOTION)), true);
        UNet3d moving = load(config(Optional.of(MOTION)), false);
        NDManager manager = NDManager.newBaseManager()) {
      NDArray noise = predict(without, manager);
      assertThat(predict(still, manager).sub(noise).abs().max().getFloat()).isLessThan(1e-5f);
      assertThat(predict(moving, manager).sub(noise).abs().max().getFloat()).isGreaterThan(1e-3f);
    }
  }

  @Test
  void framesOfAChunkDependOnOneAnotherButNotOnOtherChunks() throws IOException {
    try (UNet3d unet = load(config(Optional.of(MOTION)), false);
        NDManager manager = NDManager.newBaseManager()) {
      NDArray sample = manager.arange(2f * 13 * 3 * 4 * 4).sin().reshape(2, 13, 3, 4, 4);
      NDArray audio = manager.arange(6f * 10 * 24).cos().reshape(6, 10, 24);
      NDArray otherSpeech = audio.duplicate();
      otherSpeech.set(new NDIndex("0"), 1f); // first chunk, first frame
      NDArray change =
          unet.predict(sample, 1, otherSpeech).sub(unet.predict(sample, 1, audio)).abs();
      assertThat(change.get("0,:,2").max().getFloat()).isGreaterThan(1e-6f);
      assertThat(change.get("1").max().getFloat()).isLessThan(1e-6f);
    }
  }
}
