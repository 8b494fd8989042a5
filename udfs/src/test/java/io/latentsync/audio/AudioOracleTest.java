package io.latentsync.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.testing.Oracles;
import io.latentsync.testing.PcmArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Spectrograms and frame counts of the reference implementation. */
@Tag("oracle")
class AudioOracleTest {

  @Test
  void filterBankEqualsTheReference() throws IOException {
    try (Checkpoint oracle = Checkpoint.open(Oracles.root().resolve("mel_filters.safetensors"))) {
      assertThat(oracle.tensors()).hasSize(1);
      float[] expected = Oracles.floats(oracle, oracle.tensors().firstKey());
      MelFilterBank bank = new MelFilterBank(80, 201, 16_000);
      for (int filter = 0; filter < 80; filter++) {
        for (int bin = 0; bin < 201; bin++) {
          assertThat(bank.weight(filter, bin))
              .as("filter %d, bin %d", filter, bin)
              .isCloseTo(expected[filter * 201 + bin], within(1e-8f));
        }
      }
    }
  }

  @Test
  void spectrogramEqualsTheReference() throws IOException {
    for (Path file : cases()) {
      PcmArray track = track(file);
      long columns = LogMel.columns(track.samples());
      LogMel logMel = new LogMel();
      float peak = logMel.peak(track);
      List<float[]> windows = new ArrayList<>();
      for (int i = 0; (long) i * LogMel.WINDOW_COLUMNS < columns; i++) {
        windows.add(logMel.window(track, (long) i * LogMel.WINDOW_COLUMNS, peak));
      }
      try (Checkpoint oracle = Checkpoint.open(file)) {
        float[] expected = Oracles.floats(oracle, "log_mel");
        int stored = (int) oracle.tensors().get("log_mel").shape()[1];
        // Long cases hold every n-th column only.
        int every = (int) ((columns + stored - 1) / stored);
        float worst = 0;
        for (int band = 0; band < LogMel.BANDS; band++) {
          for (int i = 0; i < stored; i++) {
            int column = i * every;
            float[] window = windows.get(column / LogMel.WINDOW_COLUMNS);
            int at = band * LogMel.WINDOW_COLUMNS + column % LogMel.WINDOW_COLUMNS;
            worst = Math.max(worst, Math.abs(window[at] - expected[band * stored + i]));
          }
        }
        assertThat(worst).as("%s", file).isLessThan(1e-4f);
      }
    }
  }

  @Test
  void frameCountEqualsTheReference() throws IOException {
    for (Path file : cases()) {
      try (Checkpoint oracle = Checkpoint.open(file)) {
        assertThat(new FeatureWindows(track(file).samples()).frames())
            .as("%s", file)
            .isEqualTo(oracle.data("num_chunks").getLong());
      }
    }
  }

  @Test
  void cepstrumEqualsTheReference() throws IOException {
    for (Path folder : Oracles.folders("syncnet")) {
      PcmArray track = PcmArray.ofWav(folder.resolve("audio.wav"));
      try (Checkpoint oracle = Checkpoint.open(folder.resolve("io.safetensors"))) {
        float[] expected = Oracles.floats(oracle, "mfcc");
        int columns = (int) Mfcc.columns(track.samples());
        assertThat(oracle.tensors().get("mfcc").shape()).containsExactly(13, columns);
        float[][] found = new Mfcc().columns(track, 0, columns);
        float worst = 0;
        for (int column = 0; column < columns; column++) {
          for (int k = 0; k < 13; k++) {
            worst = Math.max(worst, Math.abs(found[column][k] - expected[k * columns + column]));
          }
        }
        assertThat(worst).isLessThan(1e-3f);
      }
    }
  }

  /** Every safetensors file with a wav file of the same name. */
  private static List<Path> cases() throws IOException {
    List<Path> cases = new ArrayList<>();
    for (Path folder : Oracles.folders("whisper_")) {
      try (Stream<Path> entries = Files.list(folder)) {
        entries
            .filter(path -> Files.exists(wav(path)))
            .filter(path -> !path.equals(wav(path)))
            .sorted()
            .forEach(cases::add);
      }
    }
    assertThat(cases).isNotEmpty();
    return cases;
  }

  private static Path wav(Path file) {
    return file.resolveSibling(file.getFileName().toString().replaceFirst("\\.[^.]*$", ".wav"));
  }

  private static PcmArray track(Path file) throws IOException {
    return PcmArray.ofWav(wav(file));
  }
}
