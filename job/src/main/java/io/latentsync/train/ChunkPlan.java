package io.latentsync.train;

import java.util.Random;

/**
 * Which frames of a clip a training chunk has, and which it has for reference. They overlap as
 * little as the clip's length allows, not at all in one of twice a chunk: a reference that shows
 * the mouth to be generated would teach to copy it.
 *
 * @param target first of the frames to be generated
 * @param reference first of the reference frames
 */
record ChunkPlan(int target, int reference) {

  /**
   * Draws a chunk of a clip.
   *
   * @param frames of the clip, at least length
   * @param length frames of a chunk
   */
  static ChunkPlan draw(Random random, int frames, int length) {
    if (frames < length) {
      throw new IllegalArgumentException(
          "a clip of %d frames is too short for chunks of %d".formatted(frames, length));
    }
    int starts = frames - length + 1;
    int target = random.nextInt(starts);
    int before = Math.max(0, target - length + 1);
    int after = Math.max(0, starts - (target + length));
    if (before + after > 0) {
      int drawn = random.nextInt(before + after);
      return new ChunkPlan(target, drawn < before ? drawn : target + length + drawn - before);
    }
    return new ChunkPlan(target, target < starts - 1 - target ? starts - 1 : 0);
  }
}
