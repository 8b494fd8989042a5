package io.latentsync.audio;

import com.google.common.hash.HashCode;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * Digests of the speech that frames are conditioned on: the log-mel windows that whisper encodes
 * for them, and each frame's rows of these windows. So two tracks have equal digests for frames
 * whose {@link WhisperFeatures} are equal, even if they differ elsewhere. Not thread-safe.
 */
public final class FeatureDigest {
  private final PcmSource track;
  private final FeatureWindows windows;
  private final float peak;
  private final AudioWindows layout;
  private final LogMel logMel = new LogMel();
  private final Map<Integer, HashCode> known = new HashMap<>();

  /**
   * Prepares the digests of a track.
   *
   * @param track the whole track
   * @param windows feature rows of the video's frames; as long as the track
   * @param peak {@link LogMel#peak} of the track
   * @param layout of the windows
   */
  public FeatureDigest(PcmSource track, FeatureWindows windows, float peak, AudioWindows layout) {
    this.track = track;
    this.windows = windows;
    this.peak = peak;
    this.layout = layout;
  }

  /**
   * Adds what a frame is conditioned on.
   *
   * @param frame from 0
   * @throws IOException if the track cannot be read
   */
  public void add(long frame, Hasher digest) throws IOException {
    for (long row : windows.rowsOf(frame)) {
      int window = layout.windowOf(row, windows.rows());
      digest.putBytes(ofWindow(window).asBytes()).putLong(row - layout.firstRow(window));
    }
  }

  private HashCode ofWindow(int window) throws IOException {
    HashCode digest = known.get(window);
    if (digest == null) {
      Hasher hasher = Hashing.sha256().newHasher();
      long start = LogMel.COLUMNS_PER_ROW * layout.firstRow(window);
      for (float value : logMel.window(track, start, peak)) {
        hasher.putFloat(value);
      }
      digest = hasher.hash();
      known.put(window, digest);
    }
    return digest;
  }
}
