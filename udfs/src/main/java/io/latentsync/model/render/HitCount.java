package io.latentsync.model.render;

/**
 * How often a cache had what it was asked for.
 *
 * @param asked how often it was asked
 * @param found how often it had it
 */
public record HitCount(int asked, int found) {
  /** Never asked. */
  public static final HitCount NONE = new HitCount(0, 0);

  HitCount plus(boolean hit) {
    return new HitCount(asked + 1, hit ? found + 1 : found);
  }

  /** What was asked since an earlier count. */
  HitCount since(HitCount earlier) {
    return new HitCount(asked - earlier.asked, found - earlier.found);
  }
}
