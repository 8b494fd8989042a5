package io.latentsync.model.render;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import io.latentsync.audio.FeatureWindows;
import io.latentsync.audio.WhisperFeatures;
import io.latentsync.face.align.AffineMatrix;
import io.latentsync.face.align.FaceCropper;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.image.RgbImage;
import io.latentsync.media.VideoFrame;
import io.latentsync.media.VideoReader;
import io.latentsync.model.bundle.Models;
import io.latentsync.nn.torch.WrongNumbersException;
import io.latentsync.trace.Trace;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The stages of one dubbed face in a {@link SegmentRenderer}. The face is aligned in the source's
 * pictures, so its new picture does not depend on other faces.
 */
final class FaceRenderer {
  private final DubbedFace dubbed;
  private final FaceCropper cropper;
  private final WhisperFeatures speech;
  private final LipSync lipSync;
  private final CachedLatents latents;
  private final CachedWindows windows;

  /** The aligned faces of the source frames that are the references of others. */
  private final Map<Integer, RgbImage> references = new HashMap<>();

  FaceRenderer(Models models, RenderOptions options, SourceVideo video, DubbedFace dubbed) {
    this.dubbed = dubbed;
    this.cropper = new FaceCropper(new FaceTemplate(models.config().resolution()));
    this.latents = new CachedLatents(models.results(), options, video, dubbed.matrices());
    this.lipSync =
        new LipSync(models, options.sampling(), options.seed(), options.blend(), latents);
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
    for (int start : face.chunksToDub) {
      try (Trace.Running time = trace.begin("align")) {
        for (int i = 0; i < face.length; i++) {
          FramePipeline.stopIfInterrupted();
          // The UNet needs all frames of the chunk: the nearest face replaces a missing one.
          int standIn = start + nearest(face.ofChunk(start), i);
          int crop = face.crops.size();
          face.sources[crop] = schedule.source(batch.first + standIn);
          face.crops.add(
              cropper.crop(batch.frames.get(standIn).toRgb(), face.found.get(standIn).get()));
          if (!dubbed.isOwnReference()) {
            int reference = dubbed.reference(batch.first + standIn, schedule);
            face.referenceSources[crop] = reference;
            face.references.add(reference(reference, reader));
          }
        }
      }
    }
  }

  /** The aligned face of a source frame that is the reference of many frames. */
  private RgbImage reference(int frame, VideoReader reader) throws IOException {
    RgbImage known = references.get(frame);
    if (known == null) {
      try (VideoFrame picture = reader.read(frame)) {
        known = cropper.crop(picture.toRgb(), dubbed.matrices().get(frame).orElseThrow());
      }
      references.put(frame, known);
    }
    return known;
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

  /** The nearest frame with a face; the earlier one of two equally near frames. */
  private static int nearest(List<Optional<AffineMatrix>> found, int frame) {
    for (int distance = 0; ; distance++) {
      for (int candidate : new int[] {frame - distance, frame + distance}) {
        if (candidate >= 0 && candidate < found.size() && found.get(candidate).isPresent()) {
          return candidate;
        }
      }
    }
  }
}
