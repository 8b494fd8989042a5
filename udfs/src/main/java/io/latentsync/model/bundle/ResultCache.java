package io.latentsync.model.bundle;

import com.google.common.base.Throwables;
import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.util.concurrent.ExecutionError;
import com.google.common.util.concurrent.UncheckedExecutionException;
import io.latentsync.audio.HiddenStates;
import io.latentsync.audio.WindowStore;
import io.latentsync.diffusion.Noise;
import io.latentsync.face.align.AffineMatrix;
import io.latentsync.media.Deinterlacing;
import io.latentsync.media.FrameRatePolicy;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/**
 * Results of loaded networks that are costly and come again, kept for all tasks that share the
 * networks: the latents of source frames, which a video that is shorter than its speech shows many
 * times, and the hidden states of a speech's windows, which all segments share. Each is computed
 * once, by the first caller, while the others wait. The keys hold all that the values depend on
 * besides the networks, so that a result is the same bit for bit whether it was found here or not.
 *
 * <p>Bounded in bytes, the least recently used go first; and all of it is let go (soft references)
 * before the heap runs out.
 */
public final class ResultCache {
  private final Cache<LatentKey, float[]> latents;
  private final Cache<WindowKey, HiddenStates> windows;

  /**
   * What latents depend on.
   *
   * @param video identity of the source video
   * @param fps which frames it is read as
   * @param deinterlacing what became of its interlaced pictures
   * @param frame index of the source frame
   * @param matrix how its face was cut out
   * @param purpose which of the frame's latents
   * @param seed of the noise in them
   * @param threads of the arithmetic, which split its sums
   */
  public record LatentKey(
      String video,
      FrameRatePolicy fps,
      Deinterlacing deinterlacing,
      long frame,
      AffineMatrix matrix,
      Noise.Purpose purpose,
      long seed,
      int threads) {}

  /**
   * What the hidden states of a window depend on.
   *
   * @param speech identity of the speech
   * @param firstRow where in the speech it begins, in rows of 20 ms
   * @param threads of the arithmetic, which split its sums
   */
  public record WindowKey(String speech, long firstRow, int threads) {}

  ResultCache() {
    this(256L << 20, 128L << 20);
  }

  /**
   * Empty stores.
   *
   * @param latentBytes how much of latents is kept at most
   * @param windowBytes how much of hidden states is kept at most
   */
  ResultCache(long latentBytes, long windowBytes) {
    latents =
        CacheBuilder.newBuilder()
            .concurrencyLevel(1) // One store, one bound, not shares of it.
            .softValues()
            .maximumWeight(latentBytes)
            .<LatentKey, float[]>weigher((key, values) -> Float.BYTES * values.length)
            .build();
    windows =
        CacheBuilder.newBuilder()
            .concurrencyLevel(1)
            .softValues()
            .maximumWeight(windowBytes)
            .<WindowKey, HiddenStates>weigher((key, states) -> Float.BYTES * states.values().length)
            .build();
  }

  /** A value and whether it was there. */
  public record Found<V>(V value, boolean hit) {}

  /** Latents, in row-major order; not to be changed. */
  public Found<float[]> latents(LatentKey key, Supplier<float[]> compute) {
    try {
      return find(latents, key, compute::get);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause()); // A supplier has no checked exceptions.
    }
  }

  /** The hidden states of a window. */
  public Found<HiddenStates> window(WindowKey key, WindowStore.Encoding compute)
      throws IOException {
    try {
      return find(windows, key, compute::encode);
    } catch (ExecutionException e) {
      Throwables.throwIfInstanceOf(e.getCause(), IOException.class);
      throw new IllegalStateException(e.getCause());
    }
  }

  private static <K, V> Found<V> find(Cache<K, V> cache, K key, Callable<V> compute)
      throws ExecutionException {
    boolean[] computed = new boolean[1];
    try {
      V value =
          cache.get(
              key,
              () -> {
                computed[0] = true;
                return compute.call();
              });
      return new Found<>(value, !computed[0]);
    } catch (UncheckedExecutionException | ExecutionError e) {
      Throwables.throwIfUnchecked(e.getCause());
      throw new IllegalStateException(e.getCause());
    }
  }
}
