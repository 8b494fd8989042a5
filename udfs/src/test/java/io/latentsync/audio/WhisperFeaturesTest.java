package io.latentsync.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.latentsync.testing.PcmArray;
import io.latentsync.time.FrameRate;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WhisperFeaturesTest {
  private static final int STATES = 2;
  private static final int WIDTH = 3;

  /** Windows that were encoded, by their first log-mel value. */
  private final List<Float> encoded = new ArrayList<>();

  /**
   * Replaces the network: a hidden value is 10 row + 3 state + column, plus the window's first
   * log-mel value in the last column.
   */
  private NDArray encode(NDArray mel) {
    assertThat(mel.getShape()).isEqualTo(new Shape(1, LogMel.BANDS, LogMel.WINDOW_COLUMNS));
    float first = mel.getFloat(0, 0, 0);
    encoded.add(first);
    float[] hidden = new float[FeatureWindows.WINDOW_ROWS * STATES * WIDTH];
    for (int row = 0; row < FeatureWindows.WINDOW_ROWS; row++) {
      for (int state = 0; state < STATES; state++) {
        int at = (row * STATES + state) * WIDTH;
        hidden[at] = row;
        hidden[at + 1] = state;
        hidden[at + 2] = first;
      }
    }
    return mel.getManager().create(hidden, new Shape(FeatureWindows.WINDOW_ROWS, STATES, WIDTH));
  }

  private WhisperFeatures features(PcmSource track) throws IOException {
    return features(track, AudioWindows.REFERENCE);
  }

  private WhisperFeatures features(PcmSource track, AudioWindows laid) throws IOException {
    return new WhisperFeatures(track, new LogMel().peak(track), laid, this::encode);
  }

  @Test
  void aFrameIsConditionedOnTenRowsAroundItsCentre() throws IOException {
    PcmArray track = PcmArray.noise(70 * PcmSource.SAMPLE_RATE);
    LogMel logMel = new LogMel();
    float peak = logMel.peak(track);
    float[] starts = new float[3];
    for (int i = 0; i < starts.length; i++) {
      starts[i] = logMel.window(track, (long) i * LogMel.WINDOW_COLUMNS, peak)[0];
    }
    assertThat(starts).doesNotHaveDuplicates();
    int rows = 70 * 50;
    try (NDManager manager = NDManager.newBaseManager()) {
      int count = rows / 2 + 5;
      NDArray frames = features(track).frames(manager, 0, count);
      assertThat(frames.getShape()).isEqualTo(new Shape(count, 10 * STATES, WIDTH));
      assertThat(frames.getDataType()).isEqualTo(DataType.FLOAT32);
      float[] values = frames.toFloatArray();
      int at = 0;
      for (int frame = 0; frame < count; frame++) {
        for (int i = 0; i < 10; i++) {
          int row = Math.min(Math.max(2 * frame - 4 + i, 0), rows - 1);
          for (int state = 0; state < STATES; state++) {
            assertThat(values[at++]).isEqualTo(row % 1500);
            assertThat(values[at++]).isEqualTo(state);
            assertThat(values[at++]).isEqualTo(starts[row / 1500]);
          }
        }
      }
    }
    assertThat(encoded).as("each window once").containsExactly(starts[0], starts[1], starts[2]);
  }

  @Test
  void rowsComeFromTheMiddlesOfOverlappingWindows() throws IOException {
    PcmArray track = PcmArray.noise(70 * PcmSource.SAMPLE_RATE);
    float peak = new LogMel().peak(track);
    // 3500 rows: windows at rows 0, 1000 and 2000; the last one ends with the track.
    float[] starts = new float[3];
    for (int i = 0; i < starts.length; i++) {
      starts[i] = new LogMel().window(track, 2000L * i, peak)[0];
    }
    try (NDManager manager = NDManager.newBaseManager()) {
      float[] values =
          features(track, AudioWindows.OVERLAP).frames(manager, 0, 1750).toFloatArray();
      int at = 0;
      for (int frame = 0; frame < 1750; frame++) {
        for (int i = 0; i < 10; i++) {
          int row = Math.min(Math.max(2 * frame - 4 + i, 0), 3499);
          int window = row < 1250 ? 0 : row < 2250 ? 1 : 2;
          assertThat(values[at]).isEqualTo(row - 1000 * window);
          assertThat(values[at + 2]).isEqualTo(starts[window]);
          at += STATES * WIDTH;
        }
      }
    }
    assertThat(encoded).as("each window once").containsExactly(starts[0], starts[1], starts[2]);
  }

  @Test
  void upToThirtySecondsBothKindsOfWindowsAreTheSame() throws IOException {
    for (int rows : new int[] {1, 30, 1499, 1500}) {
      PcmArray track = PcmArray.noise(320 * rows + 319);
      int frames = (int) new FeatureWindows(track.samples()).frames();
      try (NDManager manager = NDManager.newBaseManager()) {
        assertThat(features(track, AudioWindows.OVERLAP).frames(manager, 0, frames).toFloatArray())
            .isEqualTo(features(track).frames(manager, 0, frames).toFloatArray());
      }
    }
    assertThat(encoded).as("one window each").hasSize(8);
  }

  @Test
  void framesAreTheSameForAnySplit() throws IOException {
    framesAreTheSameForAnySplit(AudioWindows.REFERENCE, 740);
    framesAreTheSameForAnySplit(AudioWindows.OVERLAP, 615);
  }

  private void framesAreTheSameForAnySplit(AudioWindows laid, int first) throws IOException {
    encoded.clear();
    PcmArray track = PcmArray.noise(31 * PcmSource.SAMPLE_RATE);
    try (NDManager manager = NDManager.newBaseManager()) {
      float[] whole = features(track, laid).frames(manager, first, 24).toFloatArray();
      WhisperFeatures inPieces = features(track, laid);
      int frame = 10 * STATES * WIDTH;
      for (int i = 23; i >= 0; i--) {
        float[] one = inPieces.frames(manager, first + i, 1).toFloatArray();
        for (int j = 0; j < frame; j++) {
          assertThat(one[j]).isEqualTo(whole[i * frame + j]);
        }
      }
    }
    assertThat(encoded).as("both windows once for each object").hasSize(4);
  }

  @Test
  void theEncoderIsNotCalledForWindowsBetween() throws IOException {
    PcmArray track = PcmArray.noise(100 * PcmSource.SAMPLE_RATE);
    try (NDManager manager = NDManager.newBaseManager()) {
      WhisperFeatures features = features(track);
      features.frames(manager, 2400, 16);
      features.frames(manager, 2416, 16);
      assertThat(encoded).hasSize(1);
    }
  }

  @Test
  void aTrackTooShortForARowIsSilent() throws IOException {
    try (NDManager manager = NDManager.newBaseManager()) {
      for (int samples : new int[] {0, 1, 159, 160, 319}) {
        NDArray frames = features(PcmArray.noise(samples)).frames(manager, 0, 2);
        assertThat(frames.getShape()).isEqualTo(new Shape(2, 10 * STATES, WIDTH));
        assertThat(frames.get("..., 0").toFloatArray()).containsOnly(0f);
      }
    }
  }

  @Test
  void theNumberOfFramesFollowsTheRows() {
    assertThat(new FeatureWindows(0).frames()).isEqualTo(2);
    assertThat(new FeatureWindows(319).rows()).isZero();
    assertThat(new FeatureWindows(320).rows()).isEqualTo(1);
    assertThat(new FeatureWindows(16_000).rows()).isEqualTo(50);
    assertThat(new FeatureWindows(16_000).frames()).isEqualTo(27);
  }

  @ParameterizedTest
  @CsvSource({"25, 1", "10, 1", "24, 1", "24000, 1001", "30000, 1001", "30, 1", "50, 1", "60, 1"})
  void frameCountAndCentresFollowTheReferencesLoop(int numerator, int denominator) {
    double fps = (double) numerator / denominator;
    for (int rows = 0; rows < 120; rows++) {
      FeatureWindows windows =
          new FeatureWindows(rows * 320L, new FrameRate(numerator, denominator));
      // Frames are appended up to and including the first one whose centre lies after the last row.
      int appended = 1;
      while ((int) ((appended - 1) * 50 / fps) <= rows) {
        appended++;
      }
      assertThat(windows.frames()).isEqualTo(appended);
      for (int frame = 0; frame < appended; frame++) {
        assertThat(windows.rowsOf(frame)[4])
            .isEqualTo(Math.max(0, Math.min((int) (frame * 50 / fps), rows - 1)));
      }
    }
    assertThat(new FeatureWindows(32_000))
        .isEqualTo(new FeatureWindows(32_000, FrameRate.REFERENCE));
  }

  @Test
  void rowsAreClampedToTheTrack() {
    FeatureWindows windows = new FeatureWindows(16_000);
    assertThat(windows.rowsOf(0)).containsExactly(0, 0, 0, 0, 0, 1, 2, 3, 4, 5);
    assertThat(windows.rowsOf(10)).containsExactly(16, 17, 18, 19, 20, 21, 22, 23, 24, 25);
    assertThat(windows.rowsOf(24)).containsExactly(44, 45, 46, 47, 48, 49, 49, 49, 49, 49);
    assertThat(windows.rowsOf(1000)).containsOnly(49);
  }

  @ParameterizedTest
  @CsvSource({"2, 2", "0, 0", "1, 0", "0, 3"})
  void theRowsOfAFrameEqualTheReferencesSlice(int before, int after) {
    FeatureWindows windows =
        new FeatureWindows(16_000, FrameRate.REFERENCE, new AudioContext(before, after));
    for (int frame = 0; frame < 30; frame++) {
      int left = 2 * frame - before * 2;
      int right = 2 * frame + (after + 1) * 2;
      assertThat(windows.rowsOf(frame))
          .containsExactly(
              LongStream.range(left, right).map(row -> Math.max(0, Math.min(row, 49))).toArray());
    }
  }

  @Test
  void aFrameWithoutContextHasItsOwnTwoRows() throws IOException {
    PcmArray track = PcmArray.noise(2 * PcmSource.SAMPLE_RATE);
    WhisperFeatures features =
        new WhisperFeatures(
            track,
            new FeatureWindows(track.samples(), FrameRate.REFERENCE, new AudioContext(0, 0)),
            new LogMel().peak(track),
            AudioWindows.REFERENCE,
            this::encode,
            WindowStore.NONE);
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray frames = features.frames(manager, 7, 2);
      assertThat(frames.getShape()).isEqualTo(new Shape(2, 2 * STATES, WIDTH));
      assertThat(frames.get("..., 0").toFloatArray())
          .containsExactly(14, 14, 15, 15, 16, 16, 17, 17);
    }
  }

  @Test
  void negativeSpansAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AudioContext(-1, 2))
        .withMessageContaining("[-1, 2]");
  }

  @Test
  void impossibleRequestsAreRefused() throws IOException {
    WhisperFeatures features = features(PcmArray.noise(16_000));
    try (NDManager manager = NDManager.newBaseManager()) {
      assertThatThrownBy(() -> features.frames(manager, -1, 1))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatIllegalArgumentException().isThrownBy(() -> features.frames(manager, 0, 0));
      WhisperFeatures wrongEncoder =
          new WhisperFeatures(
              PcmArray.noise(16_000),
              0,
              AudioWindows.OVERLAP,
              mel -> mel.getManager().ones(new Shape(2)));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> wrongEncoder.frames(manager, 0, 1))
          .withMessageContaining("[1500, states, width]");
    }
  }
}
