package io.latentsync.model.render;

import io.latentsync.audio.HiddenStates;
import io.latentsync.audio.WindowStore;
import io.latentsync.model.bundle.ResultCache;
import java.io.IOException;

/**
 * The cached hidden states of one speech's windows, with a count of the hits. Not for concurrent
 * use.
 */
final class CachedWindows implements WindowStore {
  private final ResultCache results;
  private final RenderOptions options;
  private final SpeechTrack speech;
  private HitCount hits = HitCount.NONE;

  /** A store on top of a cache that tasks share. */
  CachedWindows(ResultCache results, RenderOptions options, SpeechTrack speech) {
    this.results = results;
    this.options = options;
    this.speech = speech;
  }

  @Override
  public HiddenStates window(long firstRow, Encoding encoding) throws IOException {
    ResultCache.Found<HiddenStates> found =
        results.window(
            new ResultCache.WindowKey(identity(), firstRow, options.compute().threads()), encoding);
    hits = hits.plus(found.hit());
    return found.value();
  }

  /** With the length, because silence may have been appended to the same file. */
  private String identity() {
    return speech.identity() + ", " + speech.samples().samples() + " samples";
  }

  /** The hits since this store was created. */
  HitCount hits() {
    return hits;
  }
}
