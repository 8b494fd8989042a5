package io.latentsync.nn.networks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.latentsync.nn.torch.GradientCheckpoints;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Compares gradients of the networks' programs with finite differences. */
final class TrainableNetworksTest {
  private static final UNet3dConfig UNET =
      new UNet3dConfig(
          13,
          4,
          List.of(32, 32),
          List.of(true, false),
          List.of(false, true),
          1,
          4,
          16,
          true,
          8,
          1e-5,
          Optional.of(new UNet3dConfig.Motion(List.of(1), false, false, 4, 1, 2, 1, true, 24)));
  private static final AutoencoderKlConfig VAE =
      new AutoencoderKlConfig(3, 3, 4, List.of(8, 8), 1, 4, true, true, true);
  private static final WhisperConfig WHISPER = new WhisperConfig(80, 16, 16, 2, 1);

  @Test
  void unetGradientsEqualFiniteDifferences() {
    try (NDManager manager = NDManager.newBaseManager();
        UNet3d unet = UNet3d.trainable(UNET, Device.cpu())) {
      NDArray sample = normal(manager, 1, new Shape(2, 13, 3, 4, 4));
      NDArray audio = normal(manager, 2, new Shape(6, 5, 16));
      check(
          manager,
          UNET.tensors(),
          unet::weights,
          scope -> unet.predict(sample, new long[] {10, 700}, audio),
          "conv_in.weight",
          "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight",
          "up_blocks.1.motion_modules.1.temporal_transformer.proj_in.weight",
          "conv_out.bias");
    }
  }

  @Test
  void autoencoderGradientsEqualFiniteDifferences() {
    try (NDManager manager = NDManager.newBaseManager();
        AutoencoderKl vae = AutoencoderKl.trainable(VAE, Device.cpu())) {
      NDArray images = normal(manager, 1, new Shape(2, 3, 8, 8));
      check(
          manager,
          VAE.tensors(),
          vae::weights,
          scope -> vae.decode(vae.encode(images).mean()),
          "encoder.conv_in.weight",
          "decoder.mid_block.attentions.0.to_q.weight",
          "decoder.conv_norm_out.weight");
    }
  }

  @Test
  void whisperGradientsEqualFiniteDifferences() {
    try (NDManager manager = NDManager.newBaseManager();
        WhisperEncoder whisper = WhisperEncoder.trainable(WHISPER, Device.cpu())) {
      NDArray mel = normal(manager, 1, new Shape(1, 80, 32));
      check(
          manager,
          WHISPER.tensors(),
          whisper::weights,
          scope -> whisper.hiddenStates(mel),
          "encoder.conv1.weight",
          "encoder.blocks.0.attn.key.weight",
          "encoder.blocks.0.mlp.2.bias");
    }
  }

  @Test
  void checkpointsChangeNoGradientOfTheUnet() {
    try (NDManager manager = NDManager.newBaseManager();
        UNet3d unet = UNet3d.trainable(UNET, Device.cpu())) {
      NDArray sample = normal(manager, 1, new Shape(2, 13, 3, 4, 4));
      NDArray audio = normal(manager, 2, new Shape(6, 5, 16));
      long[] timesteps = {10, 700};
      Map<String, NDArray> weights = random(manager, UNET.tensors());
      weights.put("audio", audio);
      checkEqual(
          manager,
          weights,
          UNET.tensors().keySet(),
          unet::weights,
          leaf -> unet.predict(sample, timesteps, leaf.get("audio").mul(2)),
          (leaf, checkpoints) ->
              unet.predict(
                  checkpoints, sample, timesteps, checkpoints.boundary(leaf.get("audio").mul(2))));
    }
  }

  @Test
  void checkpointsChangeNoGradientOfTheDecoder() {
    try (NDManager manager = NDManager.newBaseManager();
        AutoencoderKl vae = AutoencoderKl.trainable(VAE, Device.cpu())) {
      Map<String, NDArray> weights = random(manager, VAE.tensors());
      NDArray latents = normal(manager, 1, new Shape(2, 4, 4, 4));
      checkEqual(
          manager,
          weights,
          VAE.tensors().keySet(),
          vae::weights,
          leaf -> vae.decode(latents),
          (leaf, checkpoints) -> vae.decode(checkpoints, latents));
    }
  }

  /** Compares outputs, and gradients of all leaves, with and without checkpoints. */
  private static void checkEqual(
      NDManager manager,
      Map<String, NDArray> leaves,
      Set<String> weights,
      Consumer<Map<String, NDArray>> network,
      Function<Map<String, NDArray>, NDArray> plain,
      BiFunction<Map<String, NDArray>, GradientCheckpoints, NDArray> checkpointed) {
    List<Map<String, NDArray>> gradients = new ArrayList<>();
    List<NDArray> outputs = new ArrayList<>();
    for (boolean checkpointing : new boolean[] {false, true}) {
      Map<String, NDArray> leaf = new TreeMap<>();
      leaves.forEach((name, array) -> leaf.put(name, array.duplicate()));
      leaf.values().forEach(array -> array.setRequiresGradient(true));
      Map<String, NDArray> ofNetwork = new TreeMap<>(leaf);
      ofNetwork.keySet().retainAll(weights);
      network.accept(ofNetwork);
      try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
        GradientCheckpoints checkpoints = new GradientCheckpoints();
        NDArray output = checkpointing ? checkpointed.apply(leaf, checkpoints) : plain.apply(leaf);
        outputs.add(output.stopGradient().duplicate());
        NDArray loss = loss(output, normal(manager, 3, output.getShape()));
        if (checkpointing) {
          checkpoints.backward(loss);
        } else {
          collector.backward(loss);
        }
      }
      Map<String, NDArray> ofLeaves = new TreeMap<>();
      leaf.forEach((name, array) -> ofLeaves.put(name, array.getGradient()));
      gradients.add(ofLeaves);
    }
    assertThat(outputs.get(1).toFloatArray()).isEqualTo(outputs.get(0).toFloatArray());
    gradients
        .get(0)
        .forEach(
            (name, gradient) -> {
              if (gradient == null) { // the encoder, when decoding
                assertThat(gradients.get(1).get(name)).as(name).isNull();
              } else {
                double difference = gradients.get(1).get(name).sub(gradient).norm().getFloat();
                assertThat(difference)
                    .as(name)
                    .isLessThanOrEqualTo(1e-6 * gradient.norm().getFloat());
              }
            });
  }

  @Test
  void weightsOfAnotherNetworkAreRefused() {
    try (NDManager manager = NDManager.newBaseManager();
        AutoencoderKl vae = AutoencoderKl.trainable(VAE, Device.cpu())) {
      Map<String, NDArray> weights = random(manager, VAE.tensors());
      weights.remove("encoder.conv_in.bias");
      assertThatThrownBy(() -> vae.weights(weights))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("[encoder.conv_in.bias]");
      weights.put("encoder.conv_in.bias", manager.zeros(new Shape(7)));
      assertThatThrownBy(() -> vae.weights(weights))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("encoder.conv_in.bias is float32 (7)");
    }
  }

  /** Compares the derivative in a random direction of each named tensor. */
  private static void check(
      NDManager manager,
      SortedMap<String, long[]> shapes,
      Consumer<Map<String, NDArray>> network,
      Function<NDManager, NDArray> forward,
      String... names) {
    Map<String, NDArray> weights = random(manager, shapes);
    weights.values().forEach(weight -> weight.setRequiresGradient(true));
    network.accept(weights);
    NDArray first = forward.apply(manager).stopGradient();
    NDArray target = normal(manager, 3, first.getShape());
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      collector.backward(loss(forward.apply(manager), target));
    }
    for (String name : names) {
      NDArray weight = weights.get(name);
      NDArray direction = normal(manager, name.hashCode(), weight.getShape());
      direction = direction.div(direction.norm());
      double slope = weight.getGradient().mul(direction).sum().getFloat();
      float step = 0.02f;
      NDArray values = weight.stopGradient();
      values.addi(direction.mul(step));
      double above = loss(forward.apply(manager), target).getFloat();
      values.subi(direction.mul(2 * step));
      double below = loss(forward.apply(manager), target).getFloat();
      values.addi(direction.mul(step));
      double difference = (above - below) / (2 * step);
      assertThat(Math.abs(difference)).as(name).isGreaterThan(1e-4);
      assertThat(slope).as(name).isCloseTo(difference, within(0.03 * Math.abs(difference) + 1e-4));
    }
  }

  private static NDArray loss(NDArray output, NDArray target) {
    return output.sub(target).square().mean();
  }

  private static Map<String, NDArray> random(NDManager manager, SortedMap<String, long[]> shapes) {
    Map<String, NDArray> weights = new TreeMap<>();
    shapes.forEach(
        (name, sizes) -> {
          Shape shape = new Shape(sizes);
          double fanIn = (double) shape.size() / shape.get(0);
          NDArray values = normal(manager, name.hashCode(), shape);
          weights.put(
              name,
              shape.dimension() == 1
                  ? values.mul(0.2f).add(name.endsWith("weight") ? 1 : 0)
                  : values.div(Math.sqrt(fanIn)));
        });
    return weights;
  }

  private static NDArray normal(NDManager manager, long seed, Shape shape) {
    Random random = new Random(seed);
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return manager.create(values, shape);
  }
}
