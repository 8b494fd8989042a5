package io.latentsync.model.render;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import io.latentsync.audio.FeatureWindows;
import io.latentsync.audio.WhisperFeatures;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.media.video.VideoReader;
import io.latentsync.model.bundle.Models;
import io.latentsync.nn.torch.WrongNumbersException;
import io.latentsync.timeline.FrameSchedule;
import io.latentsync.trace.Trace;
import java.io.IOException;
import java.util.Arrays;

/** The stages of one dubbed face in a {@link SegmentRenderer} up to its new picture. */
final class FaceRenderer implements AutoCloseable {
  private final DubbedFace dubbed;
  private final FaceAlignStage alignment;
  private final WhisperFeatures speech;
  private final LipSync lipSync;
  private final CachedLatents latents;
  private final CachedWindows windows;

  FaceRenderer(Models models, RenderOptions options, SourceVideo video, DubbedFace dubbed) {
    this.dubbed = dubbed;
    this.alignment =
        new FaceAlignStage(
            new FaceTemplate(models.config().resolution()), options.pasting().resampling(), dubbed);
    this.latents = new CachedLatents(models.results(), options, video, dubbed.matrices());
    this.lipSync =
        new LipSync(models, options.sampling(), options.seed(), options.pasting().blend(), latents);
    SpeechTrack track = dubbed.speech();
    this.windows = new CachedWindows(models.results(), options, track);
    this.speech =
        new WhisperFeatures(
            track.samples(),
            new FeatureWindows(
                track.samples().samples(), video.probe().frameRate(), models.config().context()),
            track.peak(),
            options.audioWindows(),
            models.whisper()::hiddenStates,
            windows);
  }

  DubbedFace dubbed() {
    return dubbed;
  }

  /** Cache hits of the latents of frames. */
  HitCount latentHits() {
    return latents.hits();
  }

  /** Cache hits of the hidden states of the speech's windows. */
  HitCount windowHits() {
    return windows.hits();
  }

  /**
   * Aligns the face in the decoded frames of the chunks to dub.
   *
   * @param reader of the source video, for pictures of other frames
   */
  void align(
      Trace trace, ChunkBatch batch, FaceChunks face, FrameSchedule schedule, VideoReader reader)
      throws IOException, InterruptedException {
    if (face.chunksToDub.length == 0) {
      return;
    }
    try (Trace.Running time = trace.begin("align")) {
      alignment.align(batch, face, schedule, reader);
    }
  }

  /** Computes the features of the speech around each frame of the chunks to dub. */
  void readAudio(Trace trace, ChunkBatch batch, FaceChunks face) throws IOException {
    for (int start : face.chunksToDub) {
      try (Trace.Running time = trace.begin("whisper")) {
        face.audio.add(speech.frames(batch.scope, batch.first + start, face.length));
      }
    }
  }

  /**
   * Re-synthesises the lips.
   *
   * @throws WrongNumbersException if a new face is not finite
   */
  void dub(Trace trace, ChunkBatch batch, FaceChunks face) throws WrongNumbersException {
    int length = face.length;
    if (face.chunksToDub.length == 0) {
      return;
    }
    face.faces =
        OomBatchSplitter.faces(
            face.chunksToDub.length,
            (chunk, count) -> {
              int from = chunk * length;
              int to = from + count * length;
              try (NDArray audio =
                  NDArrays.concat(new NDList(face.audio.subList(chunk, chunk + count)))) {
                return lipSync.faces(
                    trace,
                    batch.scope,
                    face.crops.subList(from, to),
                    audio,
                    Arrays.copyOfRange(face.sources, from, to),
                    face.references.subList(from, to),
                    Arrays.copyOfRange(face.referenceSources, from, to),
                    count);
              }
            });
    for (int i = 0; i < face.faces.length; i++) {
      requireFinite(face.faces[i], face.sources[i]);
    }
  }

  /** Checks for NaN and infinity, which would silently become black or white pixels. */
  private static void requireFinite(float[] face, long sourceFrame) throws WrongNumbersException {
    for (float value : face) {
      if (!Float.isFinite(value)) {
        throw new WrongNumbersException(
            "the networks' face for source frame %d contains %s; use --dtype fp32, or another checkpoint if it is fp32 already"
                .formatted(sourceFrame, Float.isNaN(value) ? "NaN" : "infinite values"));
      }
    }
  }

  @Override
  public void close() {
    alignment.close();
  }
}
