package io.latentsync.model.render;

/**
 * The hits of a cache.
 *
 * @param asked number of requests
 * @param found number of hits
 */
public record HitCount(int asked, int found) {
  /** No requests. */
  public static final HitCount NONE = new HitCount(0, 0);

  HitCount plus(boolean hit) {
    return plus(1, hit ? 1 : 0);
  }

  HitCount plus(int requests, int hits) {
    return new HitCount(asked + requests, found + hits);
  }

  HitCount plus(HitCount other) {
    return plus(other.asked, other.found);
  }

  /** The requests and hits since an earlier count. */
  HitCount since(HitCount earlier) {
    return new HitCount(asked - earlier.asked, found - earlier.found);
  }
}
