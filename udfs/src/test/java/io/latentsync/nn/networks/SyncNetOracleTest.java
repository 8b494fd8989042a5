package io.latentsync.nn.networks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.CheckpointException;
import io.latentsync.testing.GoldenData;
import io.latentsync.testing.Oracles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compares SyncNet's sound stream with the reference. {@code
 * io.latentsync.model.sync.SyncNetOracleTest} compares the scores of pictures and sound.
 */
final class SyncNetOracleTest {

  private static Path checkpoint(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".model")).findFirst().orElseThrow();
    }
  }

  @Test
  @Tag("oracle")
  void embeddingsOfSoundEqualTheReferences() throws IOException {
    for (Path folder : Oracles.folders("syncnet")) {
      try (Checkpoint weights = Checkpoint.open(checkpoint(folder));
          Checkpoint oracle = Checkpoint.open(folder.resolve("io.safetensors"));
          SyncNet network = SyncNet.load(weights, Device.cpu());
          NDManager manager = NDManager.newBaseManager()) {
        NDArray mfcc = oracle.read(manager, "mfcc");
        NDArray expected = oracle.read(manager, "audio_embeddings");
        assertThat(expected.getShape().get(1)).isEqualTo(network.config().embedding());
        for (int window = 0; window < expected.getShape().get(0); window++) {
          NDArray columns = mfcc.get(":, %d:%d".formatted(4 * window, 4 * window + 20));
          NDArray found = network.sound(columns.reshape(1, 1, 13, 20));
          float difference = found.sub(expected.get(window)).abs().max().getFloat();
          assertThat(difference).as("window %d", window).isLessThan(1e-3f);
        }
      }
    }
  }

  @Test
  void windowsOfAnotherSizeAreRefused(@TempDir Path temporary) throws IOException {
    try (Checkpoint weights = Checkpoint.open(new GoldenData(temporary).syncNet());
        SyncNet network = SyncNet.load(weights, Device.cpu());
        NDManager manager = NDManager.newBaseManager()) {
      NDArray pictures = manager.zeros(new Shape(1, 3, 5, 200, 224));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> network.lips(pictures))
          .withMessageContaining("(3, 5, 224, 224)");
    }
  }

  @Test
  void anotherNetworksCheckpointIsRefused(@TempDir Path temporary) throws IOException {
    Path whisper = new GoldenData(temporary).whisper();
    try (Checkpoint weights = Checkpoint.open(whisper)) {
      assertThatThrownBy(() -> SyncNet.load(weights, Device.cpu()))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("not a SyncNet checkpoint")
          .hasMessageContaining("netcnnaud.0");
    }
  }
}
