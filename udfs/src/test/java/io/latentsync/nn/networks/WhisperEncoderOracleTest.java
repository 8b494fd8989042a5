package io.latentsync.nn.networks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.testing.GoldenData;
import io.latentsync.testing.Oracles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Compares the audio encoder with the reference's features, for small random networks. */
class WhisperEncoderOracleTest {

  private static List<Path> files(Path folder, String ending) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
    }
  }

  private static WhisperEncoder load(Path folder) throws IOException {
    return loadFile(files(folder, ".pt").get(0));
  }

  private static WhisperEncoder loadFile(Path file) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      return WhisperEncoder.load(checkpoint, Device.cpu(), DataType.FLOAT32);
    }
  }

  @TestFactory
  @Tag("oracle")
  Stream<DynamicTest> hiddenStatesEqualTheReference() {
    return Oracles.folders("whisper_").stream()
        .map(
            folder ->
                dynamicTest(
                    folder.getFileName().toString(),
                    () -> {
                      int compared = 0;
                      try (WhisperEncoder whisper = load(folder)) {
                        for (Path file : files(folder, ".safetensors")) {
                          try (Checkpoint data = Checkpoint.open(file)) {
                            if (data.tensors().containsKey("features")) {
                              compare(whisper, data);
                              compared++;
                            }
                          }
                        }
                      }
                      assertThat(compared).isPositive();
                    }));
  }

  /** Clips of a single window, whose columns after the sound are zeros. */
  private static void compare(WhisperEncoder whisper, Checkpoint data) throws IOException {
    WhisperConfig config = whisper.config();
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray mel = data.read(manager, "log_mel").expandDims(0);
      long missing = 2L * config.audioContext() - mel.getShape().get(2);
      NDArray window = mel.concat(manager.zeros(new Shape(1, config.mels(), missing)), 2);
      NDArray states = whisper.hiddenStates(window);
      assertThat(states.getShape())
          .isEqualTo(
              new Shape(config.audioContext(), config.audioLayers() + 1, config.audioState()));
      NDArray features = data.read(manager, "features");
      NDArray rows = states.get(":" + features.getShape().get(0));
      float difference = rows.sub(features).abs().max().getFloat();
      assertThat(difference).as("%s", data.file()).isLessThan(1e-4f);
    }
  }

  @Test
  void windowOfAnotherLengthIsRefused(@TempDir Path temporary) throws IOException {
    try (WhisperEncoder whisper = loadFile(new GoldenData(temporary).whisper());
        NDManager manager = NDManager.newBaseManager()) {
      NDArray mel = manager.zeros(new Shape(1, whisper.config().mels(), 100));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> whisper.hiddenStates(mel))
          .withMessageContaining("mel is (1, " + whisper.config().mels() + ", 100)");
    }
  }
}
