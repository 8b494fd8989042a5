package io.latentsync.model;

import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.latentsync.audio.WhisperFeatures;
import io.latentsync.audio.WindowStore;
import io.latentsync.diffusion.LatentStore;
import io.latentsync.face.AffineMatrix;
import io.latentsync.face.FaceCropper;
import io.latentsync.face.FacePaster;
import io.latentsync.face.FaceTemplate;
import io.latentsync.face.MouthOpening;
import io.latentsync.face.Region;
import io.latentsync.image.RgbImage;
import io.latentsync.media.VideoFrame;
import io.latentsync.media.VideoProbe;
import io.latentsync.media.VideoReader;
import io.latentsync.media.VideoWriter;
import io.latentsync.nn.TorchEngine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Renders stretches of one dubbed video: decodes the source frames, gives each face its new mouth,
 * encodes. Holds the frames of one batch of chunks at a time. For one thread.
 */
public final class SegmentRenderer implements AutoCloseable {
  private final VideoProbe probe;
  private final PlayOrder playOrder;
  private final FaceMatrices matrices;
  private final int batchSize;
  private final int threads;
  private final int chunkFrames;
  private final VideoReader reader;
  private final NDManager manager;
  private final WhisperFeatures speech;
  private final LipSync lipSync;
  private final FaceCropper cropper;
  private final FacePaster paster;
  private final Optional<MouthOpening> mouth;
  private HitCount latentHits = HitCount.NONE;
  private HitCount windowHits = HitCount.NONE;

  /**
   * What was rendered.
   *
   * @param synthesisedFrames how many frames got a new mouth; the others had no face and were
   *     passed through
   * @param openings how far the mouth of each frame is open, as {@link MouthOpening} measures it;
   *     NaN for a frame that was passed through or shows no mouth. Empty if this build cannot
   *     measure.
   * @param latents how often the latents of a frame were known already
   * @param windows how often the hidden states of a window of the speech were known already
   */
  public record Rendered(
      int synthesisedFrames, List<Float> openings, HitCount latents, HitCount windows) {}

  /**
   * Opens the video.
   *
   * @param models the loaded networks
   * @param options how to make the pictures
   * @param video the source video
   * @param matrices where its faces are
   * @param playOrder which source frame stands where
   * @param speech the new speech
   * @throws IOException if the video cannot be opened
   */
  public SegmentRenderer(
      Models models,
      RenderOptions options,
      SourceVideo video,
      FaceMatrices matrices,
      PlayOrder playOrder,
      Speech speech)
      throws IOException {
    // First, as it alone can fail on what the user gave: nothing native is open yet.
    this.reader = VideoReader.open(video.file(), video.probe());
    this.probe = video.probe();
    this.playOrder = playOrder;
    this.matrices = matrices;
    this.batchSize = options.batchSize();
    this.threads = options.threads();
    this.chunkFrames = models.config().chunkFrames();
    FaceTemplate template = new FaceTemplate(models.config().resolution());
    this.cropper = new FaceCropper(template);
    this.paster = new FacePaster(template);
    this.mouth = MouthOpening.open(template);
    this.lipSync =
        new LipSync(
            models, options.sampling(), options.seed(), latentStore(models, options, video));
    this.manager = NDManager.newBaseManager(models.device());
    this.speech =
        new WhisperFeatures(
            speech.samples(),
            probe.frameRate(),
            speech.peak(),
            options.audioWindows(),
            models.whisper()::hiddenStates,
            windowStore(models, options, speech));
  }

  private LatentStore latentStore(Models models, RenderOptions options, SourceVideo video) {
    return (frame, purpose, encode) -> {
      SharedResults.Found<float[]> found =
          SharedResults.OF_PROCESS.latents(
              new SharedResults.LatentKey(
                  models,
                  video.identity(),
                  options.fps(),
                  frame,
                  matrices.get(Math.toIntExact(frame)).orElseThrow(),
                  purpose,
                  options.seed(),
                  options.threads()),
              encode);
      latentHits = latentHits.plus(found.hit());
      return found.value();
    };
  }

  private WindowStore windowStore(Models models, RenderOptions options, Speech track) {
    return (firstRow, encoding) -> {
      SharedResults.Found<WhisperFeatures.HiddenStates> found =
          SharedResults.OF_PROCESS.window(
              new SharedResults.WindowKey(models, track.identity(), firstRow, options.threads()),
              encoding);
      windowHits = windowHits.plus(found.hit());
      return found.value();
    };
  }

  /**
   * Renders a stretch into a file and measures the mouths in the finished pictures.
   *
   * @param firstFrame first frame of the dubbed video, a multiple of the chunk's length
   * @param frames number of frames
   * @param output the H.264 file to write
   * @param framesDone told how many frames were finished, after each batch of chunks
   * @throws IOException if reading or writing fails; no file is left then
   */
  public Rendered render(int firstFrame, int frames, Path output, IntConsumer framesDone)
      throws IOException {
    TorchEngine.useThreads(threads);
    HitCount latentsBefore = latentHits;
    HitCount windowsBefore = windowHits;
    int synthesised = 0;
    List<Float> openings = new ArrayList<>();
    try (VideoWriter writer = VideoWriter.open(output, probe)) {
      int end = firstFrame + frames;
      for (int first = firstFrame; first < end; ) {
        // A short last chunk goes alone: those of a batch are of one length.
        int length = Math.min(chunkFrames, end - first);
        int chunks = Math.min(batchSize, (end - first) / length);
        synthesised += renderBatch(first, chunks, length, writer, openings);
        framesDone.accept(chunks * length);
        first += chunks * length;
      }
      writer.finish();
    }
    return new Rendered(
        synthesised, openings, latentHits.since(latentsBefore), windowHits.since(windowsBefore));
  }

  private int renderBatch(
      int first, int chunks, int length, VideoWriter writer, List<Float> openings)
      throws IOException {
    int count = chunks * length;
    List<Optional<AffineMatrix>> found = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      found.add(matrices.get(playOrder.source(first + i)));
    }
    int faces = (int) found.stream().filter(Optional::isPresent).count();
    float[] opening = new float[count];
    Arrays.fill(opening, Float.NaN);
    List<VideoFrame> frames = new ArrayList<>(count);
    try {
      for (int i = 0; i < count; i++) {
        frames.add(reader.read(playOrder.source(first + i)));
      }
      dub(first, length, frames, found, opening);
      for (VideoFrame frame : frames) {
        writer.write(frame);
      }
    } finally {
      frames.forEach(VideoFrame::close);
    }
    if (mouth.isPresent()) {
      for (float value : opening) {
        openings.add(value);
      }
    }
    return faces;
  }

  private void dub(
      int first,
      int length,
      List<VideoFrame> frames,
      List<Optional<AffineMatrix>> found,
      float[] opening)
      throws IOException {
    int[] chunks = chunksWithAFace(found, length);
    if (chunks.length == 0) {
      return;
    }
    float[][] faces;
    try (NDManager scope = manager.newSubManager()) {
      List<RgbImage> crops = new ArrayList<>();
      long[] sources = new long[chunks.length * length];
      NDList audio = new NDList();
      for (int start : chunks) {
        List<Optional<AffineMatrix>> ofChunk = found.subList(start, start + length);
        for (int i = 0; i < length; i++) {
          // The network wants every frame of the chunk: the nearest face stands in for a missing
          // one.
          int standIn = start + nearest(ofChunk, i);
          sources[crops.size()] = playOrder.source(first + standIn);
          crops.add(cropper.crop(frames.get(standIn).toRgb(), found.get(standIn).get()));
        }
        audio.add(speech.frames(scope, first + start, length));
      }
      faces =
          BatchesThatFit.faces(
              chunks.length,
              (chunk, count) -> {
                int from = chunk * length;
                int to = from + count * length;
                return lipSync.faces(
                    scope,
                    crops.subList(from, to),
                    NDArrays.concat(new NDList(audio.subList(chunk, chunk + count))),
                    Arrays.copyOfRange(sources, from, to),
                    count);
              });
    }
    for (int i = 0; i < faces.length; i++) {
      int frame = chunks[i / length] + i % length;
      if (found.get(frame).isPresent()) {
        opening[frame] = paste(frames.get(frame), faces[i], found.get(frame).get());
      }
    }
  }

  /** Where in a batch the chunks begin that have a face in one of their frames. */
  private static int[] chunksWithAFace(List<Optional<AffineMatrix>> found, int length) {
    return IntStream.iterate(0, start -> start < found.size(), start -> start + length)
        .filter(
            start -> found.subList(start, start + length).stream().anyMatch(Optional::isPresent))
        .toArray();
  }

  /** Gives a frame its new face; returns how far its mouth is open, NaN if that is not known. */
  private float paste(VideoFrame frame, float[] face, AffineMatrix matrix) {
    // Converted to RGB once more: a chunk's RGB pictures kept meanwhile would be its largest part.
    RgbImage before = frame.toRgb();
    RgbImage after = before.copy();
    Region changed = paster.paste(after, face, matrix);
    frame.paste(before, after, changed.x0(), changed.y0(), changed.x1(), changed.y1());
    return mouth.isEmpty()
        ? Float.NaN
        : (float) mouth.get().measure(after, matrix).orElse(Double.NaN);
  }

  private static int nearest(List<Optional<AffineMatrix>> found, int frame) {
    for (int distance = 0; ; distance++) {
      for (int candidate : new int[] {frame - distance, frame + distance}) {
        if (candidate >= 0 && candidate < found.size() && found.get(candidate).isPresent()) {
          return candidate;
        }
      }
    }
  }

  @Override
  public void close() {
    mouth.ifPresent(MouthOpening::close);
    manager.close();
    reader.close();
  }
}
