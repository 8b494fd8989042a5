package io.latentsync.train.head;

/**
 * Where a head is at one moment and how far its eyes are shut.
 *
 * @param x shift to the right, in pixels
 * @param y shift downwards, in pixels
 * @param roll turn in the picture's plane, clockwise, in radians
 * @param scale size relative to the head at rest
 * @param yaw turn to the side, −1…1 of what the renderer can show (about ±12°)
 * @param blink 0 eyes open … 1 shut
 */
public record HeadPose(float x, float y, float roll, float scale, float yaw, float blink) {

  /** Upright, in the middle, eyes open. */
  public static final HeadPose REST = new HeadPose(0, 0, 0, 1, 0, 0);
}
