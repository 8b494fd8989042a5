package io.latentsync.model.render;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import com.google.common.collect.AbstractIterator;
import io.latentsync.audio.FeatureWindows;
import io.latentsync.audio.WhisperFeatures;
import io.latentsync.face.align.AffineMatrix;
import io.latentsync.face.align.FaceCropper;
import io.latentsync.face.align.FaceMatrices;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.align.MouthOpening;
import io.latentsync.media.VideoFrame;
import io.latentsync.media.VideoProbe;
import io.latentsync.media.VideoReader;
import io.latentsync.media.VideoWriter;
import io.latentsync.model.bundle.Models;
import io.latentsync.nn.torch.TorchEngine;
import io.latentsync.nn.torch.WrongNumbersException;
import io.latentsync.trace.Trace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.IntConsumer;

/**
 * Renders segments of one dubbed video: decodes the source frames, re-synthesises the mouths and
 * encodes the frames. The three stages overlap ({@link FramePipeline}), and at most three batches
 * of chunks are in memory. Only the calling thread calls the networks. Each helper thread has its
 * own objects.
 */
public final class SegmentRenderer implements AutoCloseable {
  private final ComputePermits permits;
  private final VideoProbe probe;
  private final FrameSchedule schedule;
  private final FaceMatrices matrices;
  private final KeptRanges kept;
  private final int batchSize;
  private final int threads;
  private final int chunkFrames;
  private final VideoReader reader;
  private final NDManager manager;
  private final WhisperFeatures speech;
  private final LipSync lipSync;
  private final FaceCropper cropper;
  private final FacePasteStage pasting;
  private final CachedLatents latents;
  private final CachedWindows windows;
  private final Trace trace;
  private final String typeReason;

  /**
   * The result of one segment.
   *
   * @param synthesisedFrames number of re-synthesised frames; the others have no face or are in a
   *     kept range, and are passed through
   * @param openings mouth opening in each frame, as {@link MouthOpening} measures it; NaN for a
   *     frame that is passed through or shows no mouth. Empty if this build cannot measure it.
   * @param latents cache hits of the frames' latents
   * @param windows cache hits of the hidden states of the speech's windows
   * @param typeReason reason why UNet and VAE are not computed in the requested element type; empty
   *     if they are
   * @param converted number of frames whose source pictures have another format than the video's
   *     first ({@link VideoFrame#isConverted})
   * @param deinterlaced number of frames whose source pictures were deinterlaced
   */
  public record Rendered(
      int synthesisedFrames,
      List<Float> openings,
      HitCount latents,
      HitCount windows,
      String typeReason,
      int converted,
      int deinterlaced) {}

  /**
   * A renderer with an open source video.
   *
   * @param models the loaded networks
   * @param permits permits of the networks' device; decoding and encoding need none
   * @param options options of the rendering
   * @param video the source video
   * @param matrices affine matrices of its faces
   * @param schedule the source frame of each frame of the dubbed video
   * @param speech the new speech
   * @param trace records the time of each stage, in three threads; decoding and encoding have
   *     separate lanes
   * @throws IOException if the video cannot be opened
   */
  public SegmentRenderer(
      Models models,
      ComputePermits permits,
      RenderOptions options,
      SourceVideo video,
      FaceMatrices matrices,
      FrameSchedule schedule,
      SpeechTrack speech,
      Trace trace)
      throws IOException {
    // First, because only this call can fail on the user's input, and nothing native is open yet.
    this.reader = VideoReader.open(video.file(), video.probe());
    this.permits = permits;
    this.probe = video.probe();
    this.trace = trace;
    this.schedule = schedule;
    this.matrices = matrices;
    this.kept = options.kept();
    this.batchSize = options.batchSize();
    this.threads = options.threads();
    this.typeReason = models.typeReason();
    this.chunkFrames = models.config().chunkFrames();
    FaceTemplate template = new FaceTemplate(models.config().resolution());
    this.cropper = new FaceCropper(template);
    this.pasting = new FacePasteStage(models, options.blend(), template);
    this.latents = new CachedLatents(models.results(), options, video, matrices);
    this.lipSync =
        new LipSync(models, options.sampling(), options.seed(), options.blend(), latents);
    this.manager = NDManager.newBaseManager(models.device());
    this.windows = new CachedWindows(models.results(), options, speech);
    this.speech =
        new WhisperFeatures(
            speech.samples(),
            new FeatureWindows(
                speech.samples().samples(), probe.frameRate(), models.config().context()),
            speech.peak(),
            options.audioWindows(),
            models.whisper()::hiddenStates,
            windows);
  }

  /**
   * Renders a segment into a file and measures the mouth openings in the finished frames.
   *
   * @param firstFrame first frame of the dubbed video, a multiple of the chunk's length
   * @param frames number of frames
   * @param output the H.264 file to write
   * @param framesDone called in this thread after each batch of chunks with its number of frames
   * @throws IOException if reading or writing fails, or the networks' faces are not finite; the
   *     file is deleted then
   * @throws InterruptedException if this thread was interrupted; the file is deleted then
   */
  public Rendered render(int firstFrame, int frames, Path output, IntConsumer framesDone)
      throws IOException, InterruptedException {
    TorchEngine.useThreads(threads);
    HitCount latentsBefore = latents.hits();
    HitCount windowsBefore = windows.hits();
    try (VideoWriter writer = VideoWriter.open(output, probe)) {
      Rendering rendering = new Rendering(trace.segment(firstFrame), writer, framesDone);
      FramePipeline.run(batches(firstFrame, firstFrame + frames), rendering);
      try (Trace.Running time = rendering.ofSegment.begin("encode")) {
        writer.finish();
      }
      return new Rendered(
          rendering.synthesised,
          rendering.openings,
          latents.hits().since(latentsBefore),
          windows.hits().since(windowsBefore),
          typeReason,
          rendering.converted,
          rendering.deinterlaced);
    }
  }

  private Iterator<ChunkBatch> batches(int firstFrame, int end) {
    return new AbstractIterator<>() {
      private int first = firstFrame;

      @Override
      protected ChunkBatch computeNext() {
        if (first == end) {
          return endOfData();
        }
        // A short last chunk is a batch of its own: the chunks of a batch have equal length.
        int length = Math.min(chunkFrames, end - first);
        int count = Math.min(batchSize, (end - first) / length) * length;
        List<Optional<AffineMatrix>> found = new ArrayList<>(count);
        float[] share = new float[count];
        for (int i = 0; i < count; i++) {
          found.add(matrices.get(schedule.source(first + i)));
          share[i] = kept.share(first + i, probe.frameRate());
        }
        ChunkBatch batch = new ChunkBatch(first, length, found, share, manager);
        first += count;
        return batch;
      }
    };
  }

  /** The stages of one segment. */
  private final class Rendering implements FramePipeline.Stages<ChunkBatch> {
    private final Trace ofSegment;
    private final VideoWriter writer;
    private final IntConsumer framesDone;
    private final List<Float> openings = new ArrayList<>();
    private int synthesised;
    private int converted;
    private int deinterlaced;

    Rendering(Trace ofSegment, VideoWriter writer, IntConsumer framesDone) {
      this.ofSegment = ofSegment;
      this.writer = writer;
      this.framesDone = framesDone;
    }

    @Override
    public void decode(ChunkBatch batch) throws IOException, InterruptedException {
      Trace ofBatch = ofSegment.chunk(batch.first).lane("decode");
      try (Trace.Running time = ofBatch.begin("decode")) {
        for (int i = 0; i < batch.size(); i++) {
          FramePipeline.stopIfInterrupted();
          batch.frames.add(reader.read(schedule.source(batch.first + i)));
        }
      }
      for (int start : batch.chunksToDub) {
        try (Trace.Running time = ofBatch.begin("align")) {
          align(batch, start);
        }
      }
    }

    private void align(ChunkBatch batch, int start) throws InterruptedException {
      for (int i = 0; i < batch.length; i++) {
        FramePipeline.stopIfInterrupted();
        // The UNet needs all frames of the chunk: the nearest face replaces a missing one.
        int standIn = start + nearest(batch.ofChunk(start), i);
        batch.sources[batch.crops.size()] = schedule.source(batch.first + standIn);
        batch.crops.add(
            cropper.crop(batch.frames.get(standIn).toRgb(), batch.found.get(standIn).get()));
      }
    }

    @Override
    public void readAudio(ChunkBatch batch) throws IOException, InterruptedException {
      if (batch.chunksToDub.length == 0) {
        return;
      }
      try (ComputePermits.Permit permit = permit(batch)) {
        for (int start : batch.chunksToDub) {
          try (Trace.Running time = ofSegment.chunk(batch.first).begin("whisper")) {
            batch.audio.add(speech.frames(batch.scope, batch.first + start, batch.length));
          }
        }
      }
    }

    private ComputePermits.Permit permit(ChunkBatch batch) throws InterruptedException {
      if (!permits.areLimited()) {
        return permits.acquire();
      }
      try (Trace.Running time = ofSegment.chunk(batch.first).begin("wait for device")) {
        return permits.acquire();
      }
    }

    @Override
    public void dub(ChunkBatch batch) throws IOException, InterruptedException {
      if (batch.chunksToDub.length == 0) {
        return;
      }
      try (ComputePermits.Permit permit = permit(batch)) {
        batch.faces = faces(batch);
      } catch (CancellationException e) {
        throw (InterruptedException) new InterruptedException(e.getMessage()).initCause(e);
      }
      for (int i = 0; i < batch.faces.length; i++) {
        requireFinite(batch.faces[i], batch.sources[i]);
      }
    }

    private float[][] faces(ChunkBatch batch) {
      int length = batch.length;
      return OomBatchSplitter.faces(
          batch.chunksToDub.length,
          (chunk, count) -> {
            int from = chunk * length;
            int to = from + count * length;
            try (NDArray audio =
                NDArrays.concat(new NDList(batch.audio.subList(chunk, chunk + count)))) {
              return lipSync.faces(
                  ofSegment.chunk(batch.first),
                  batch.scope,
                  batch.crops.subList(from, to),
                  audio,
                  Arrays.copyOfRange(batch.sources, from, to),
                  count);
            }
          });
    }

    @Override
    public void encode(ChunkBatch batch) throws IOException, InterruptedException {
      Trace ofBatch = ofSegment.chunk(batch.first).lane("encode");
      try (Trace.Running time = ofBatch.begin("paste")) {
        pasting.paste(batch);
      }
      try (Trace.Running time = ofBatch.begin("encode")) {
        for (VideoFrame frame : batch.frames) {
          FramePipeline.stopIfInterrupted();
          writer.write(frame);
        }
      }
    }

    @Override
    public void finished(ChunkBatch batch) {
      synthesised += batch.dubbedCount();
      for (VideoFrame frame : batch.frames) {
        converted += frame.isConverted() ? 1 : 0;
        deinterlaced += frame.isDeinterlaced() ? 1 : 0;
      }
      if (pasting.measuresMouths()) {
        for (float value : batch.opening) {
          openings.add(value);
        }
      }
      framesDone.accept(batch.size());
    }
  }

  /** Checks for NaN and infinity, which would silently become black or white pixels. */
  private static void requireFinite(float[] face, long sourceFrame) throws WrongNumbersException {
    for (float value : face) {
      if (!Float.isFinite(value)) {
        throw new WrongNumbersException(
            "the networks make a face of source frame %d that holds %s; use --dtype fp32, or another checkpoint if it is fp32 already"
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

  @Override
  public void close() {
    pasting.close();
    manager.close();
    reader.close();
  }
}
