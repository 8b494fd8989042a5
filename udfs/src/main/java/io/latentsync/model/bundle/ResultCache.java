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
import io.latentsync.face.align.Resampling;
import io.latentsync.media.video.Deinterlacing;
import io.latentsync.media.video.FrameRatePolicy;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;

/**
 * A cache of costly network results, for all tasks that share the networks: the latents of source
 * frames, which repeat in a video that is shorter than its speech, and the hidden states of a
 * speech's windows, which all segments share. The first caller computes a window's states while
 * others wait; latents are computed in batches, without waiting. A key holds everything that the
 * value depends on in addition to the networks, so cache hits do not change results.
 *
 * <p>The size in bytes is bounded; the least recently used results are evicted first. Soft
 * references free all of it before the heap is full.
 */
public final class ResultCache {
  private final Cache<LatentKey, float[]> latents;
  private final Cache<WindowKey, HiddenStates> windows;

  /**
   * Key of latents.
   *
   * @param video identity of the source video
   * @param fps frame rate policy that it is read with
   * @param deinterlacing policy for interlaced pictures
   * @param bits of the output's samples; with 8, HDR pictures are not tone mapped
   * @param resampling that its face is cropped with
   * @param frame index of the source frame
   * @param matrix affine matrix of its face
   * @param purpose which of the frame's latents
   * @param seed of their noise
   * @param threads of the arithmetic, which split its sums
   */
  public record LatentKey(
      String video,
      FrameRatePolicy fps,
      Deinterlacing deinterlacing,
      int bits,
      Resampling resampling,
      long frame,
      AffineMatrix matrix,
      Noise.Purpose purpose,
      long seed,
      int threads) {}

  /**
   * Key of the hidden states of a window.
   *
   * @param speech identity of the speech
   * @param firstRow first row of the window, in rows of 20 ms
   * @param threads of the arithmetic, which split its sums
   */
  public record WindowKey(String speech, long firstRow, int threads) {}

  ResultCache() {
    this(256L << 20, 128L << 20);
  }

  /**
   * An empty cache.
   *
   * @param latentBytes maximum size of the latents
   * @param windowBytes maximum size of the hidden states
   */
  ResultCache(long latentBytes, long windowBytes) {
    latents =
        CacheBuilder.newBuilder()
            .concurrencyLevel(1) // One segment, so that the bound holds for all.
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

  /** A value, and whether it was a cache hit. */
  public record Found<V>(V value, boolean hit) {}

  /** The latents of a key in row-major order; must not be changed. */
  public Optional<float[]> latents(LatentKey key) {
    return Optional.ofNullable(latents.getIfPresent(key));
  }

  /** Keeps the latents of a key, which must not be changed afterwards. */
  public void keep(LatentKey key, float[] values) {
    latents.put(key, values);
  }

  /**
   * The hidden states of a window.
   *
   * @throws IOException if this thread computes them and fails
   */
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
    while (true) {
      try {
        V value =
            cache.get(
                key,
                () -> {
                  computed[0] = true;
                  return compute.call();
                });
        return new Found<>(value, !computed[0]);
      } catch (ExecutionException | UncheckedExecutionException | ExecutionError e) {
        // The thread that this one waited for may have been killed. That is not this task's
        // failure.
        if (computed[0]) {
          Throwables.throwIfInstanceOf(e, ExecutionException.class);
          Throwables.throwIfUnchecked(e.getCause());
          throw new IllegalStateException(e.getCause());
        }
      }
    }
  }
}
