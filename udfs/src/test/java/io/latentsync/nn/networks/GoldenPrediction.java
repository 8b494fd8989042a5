package io.latentsync.nn.networks;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.testing.Formula;
import java.io.IOException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A prediction of the golden data, owned by a manager.
 *
 * @param network the UNet's name
 * @param sample [b,13,f,h,w]
 * @param timestep timestep of the whole batch
 * @param audio [b·f,6,24]
 * @param stored some frames of the reference's output
 */
record GoldenPrediction(
    String network, NDArray sample, long timestep, NDArray audio, NDArray stored) {
  private static final Pattern NAME =
      Pattern.compile("unet\\.(\\w+)\\.b(\\d+)\\.f(\\d+)\\.hw(\\d+)\\.t(\\d+)");

  /** The names of all predictions. */
  static List<String> names(Checkpoint reference) {
    return reference.tensors().keySet().stream()
        .filter(name -> NAME.matcher(name).matches())
        .toList();
  }

  /** A small chunk of a network: two samples of 16 frames of 8×8 latents. */
  static String smallest(String network) {
    return "unet." + network + ".b2.f16.hw8.t951";
  }

  static GoldenPrediction read(NDManager manager, Checkpoint reference, String name)
      throws IOException {
    Matcher sizes = NAME.matcher(name);
    assertThat(sizes.matches()).as(name).isTrue();
    int batch = Integer.parseInt(sizes.group(2));
    int frames = Integer.parseInt(sizes.group(3));
    int side = Integer.parseInt(sizes.group(4));
    return new GoldenPrediction(
        sizes.group(1),
        Formula.array(
            manager,
            "sample.%d.%d.%d".formatted(batch, frames, side),
            Formula.UNIT,
            batch,
            13,
            frames,
            side,
            side),
        Long.parseLong(sizes.group(5)),
        Formula.array(
            manager,
            "audio.%d.%d".formatted(batch, frames),
            Formula.UNIT,
            (long) batch * frames,
            6,
            24),
        reference.read(manager, name));
  }

  /** The stored frames of an output: every fifth of 16, every second of 5. */
  NDArray storedOf(NDArray output) {
    return output.get(":,:,::" + (sample.getShape().get(2) == 16 ? 5 : 2));
  }
}
