package io.latentsync.shot;

import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoReader;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The mean luma of 16 × 16 blocks of a picture, as stored (not of square pixels). It is what Yeo
 * and Liu, "Rapid scene analysis on compressed video" (1995), call the DC image. In contrast to a
 * histogram it also differs between two shots of one person before the same background.
 */
public final class LumaBlocks implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Blocks per row and column. */
  private static final int SIDE = 16;

  /** The number of blocks. */
  public static final int BLOCKS = SIDE * SIDE;

  /** Of a larger picture, only every second, third, … row is read. */
  private static final int MOST_ROWS = 720;

  private final byte[] means;

  /**
   * Stored blocks.
   *
   * @param means the luma of each block, 0…255, row by row
   * @throws IllegalArgumentException if their number is not {@link #BLOCKS}
   */
  public LumaBlocks(byte[] means) {
    if (means.length != BLOCKS) {
      throw new IllegalArgumentException(
          "a picture has %d blocks, got %d".formatted(BLOCKS, means.length));
    }
    this.means = means.clone();
  }

  /** The blocks of a picture. */
  public static LumaBlocks of(VideoFrame picture) {
    byte[] means = new byte[BLOCKS];
    byte[] row = new byte[picture.width()];
    int step = (picture.height() - 1) / MOST_ROWS + 1;
    for (int i = 0; i < SIDE; i++) {
      long[] sums = new long[SIDE];
      int rows = 0;
      int top = start(i, picture.height());
      for (int y = top; y < end(i, picture.height()); y += step) {
        picture.lumaRow(y, row);
        for (int j = 0; j < SIDE; j++) {
          for (int x = start(j, row.length); x < end(j, row.length); x++) {
            sums[j] += row[x] & 0xff;
          }
        }
        rows++;
      }
      for (int j = 0; j < SIDE; j++) {
        int pixels = rows * (end(j, row.length) - start(j, row.length));
        means[SIDE * i + j] = (byte) ((sums[j] + pixels / 2) / pixels);
      }
    }
    return new LumaBlocks(means);
  }

  /**
   * The blocks of a video's first frames.
   *
   * @throws IOException if the video cannot be read
   */
  public static List<LumaBlocks> of(VideoReader video, int frames) throws IOException {
    List<LumaBlocks> blocks = new ArrayList<>(frames);
    for (int frame = 0; frame < frames; frame++) {
      try (VideoFrame picture = video.read(frame)) {
        blocks.add(of(picture));
      }
    }
    return blocks;
  }

  private static int start(int block, int size) {
    return (int) ((long) block * size / SIDE);
  }

  /** Blocks of a picture that is smaller than 16 pixels share pixels. */
  private static int end(int block, int size) {
    return Math.max(start(block, size) + 1, start(block + 1, size));
  }

  /** The luma of each block, 0…255, row by row. */
  public byte[] means() {
    return means.clone();
  }

  /** The mean absolute difference from another picture, 0…255. */
  public double distance(LumaBlocks other) {
    int sum = 0;
    for (int i = 0; i < BLOCKS; i++) {
      sum += Math.abs((means[i] & 0xff) - (other.means[i] & 0xff));
    }
    return (double) sum / BLOCKS;
  }

  /** The mean absolute difference from the average of two pictures, 0…255. */
  double distanceFromMiddle(LumaBlocks before, LumaBlocks after) {
    int sum = 0;
    for (int i = 0; i < BLOCKS; i++) {
      sum += Math.abs(2 * (means[i] & 0xff) - (before.means[i] & 0xff) - (after.means[i] & 0xff));
    }
    return sum / 2.0 / BLOCKS;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LumaBlocks blocks && Arrays.equals(means, blocks.means);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(means);
  }
}
