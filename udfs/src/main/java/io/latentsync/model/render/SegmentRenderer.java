package io.latentsync.model.render;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import com.google.common.collect.AbstractIterator;
import io.latentsync.audio.FeatureWindows;
import io.latentsync.audio.HiddenStates;
import io.latentsync.audio.WhisperFeatures;
import io.latentsync.audio.WindowStore;
import io.latentsync.diffusion.LatentStore;
import io.latentsync.face.align.AffineMatrix;
import io.latentsync.face.align.FaceCropper;
import io.latentsync.face.align.FaceMatrices;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.align.MouthOpening;
import io.latentsync.face.blend.Blend;
import io.latentsync.face.blend.FacePaster;
import io.latentsync.face.blend.FacePatch;
import io.latentsync.face.blend.PixelBounds;
import io.latentsync.face.blend.SeamlessFit;
import io.latentsync.image.RgbImage;
import io.latentsync.media.VideoFrame;
import io.latentsync.media.VideoProbe;
import io.latentsync.media.VideoReader;
import io.latentsync.media.VideoWriter;
import io.latentsync.model.bundle.Models;
import io.latentsync.model.bundle.ResultCache;
import io.latentsync.nn.torch.TorchEngine;
import io.latentsync.trace.Trace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * Renders stretches of one dubbed video: decodes the source frames, gives each face its new mouth,
 * encodes, all three at the same time ({@link FramePipeline}), so it holds the frames of three
 * batches of chunks at most. To be called by one thread, which alone calls the networks; what each
 * of the helper threads works with is its own while a stretch is rendered.
 */
public final class SegmentRenderer implements AutoCloseable {
  private final VideoProbe probe;
  private final FrameSchedule schedule;
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
  private final Optional<SeamlessFit> fit;
  private final Optional<MouthOpening> mouth;
  private final Trace trace;
  private final String typeReason;
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
   * @param typeReason why UNet and VAE were not computed in the element type that was asked for;
   *     empty if they were
   * @param converted how many frames' source pictures have another format than the video's first
   *     ({@link VideoFrame#isConverted})
   * @param deinterlaced how many frames' source pictures were deinterlaced
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
   * Opens the video.
   *
   * @param models the loaded networks
   * @param options how to make the pictures
   * @param video the source video
   * @param matrices where its faces are
   * @param schedule which source frame stands where
   * @param speech the new speech
   * @param trace told how long what takes, by three threads at once: decoding and encoding have
   *     lanes of their own
   * @throws IOException if the video cannot be opened
   */
  public SegmentRenderer(
      Models models,
      RenderOptions options,
      SourceVideo video,
      FaceMatrices matrices,
      FrameSchedule schedule,
      SpeechTrack speech,
      Trace trace)
      throws IOException {
    // First, as it alone can fail on what the user gave: nothing native is open yet.
    this.reader = VideoReader.open(video.file(), video.probe());
    this.probe = video.probe();
    this.trace = trace;
    this.schedule = schedule;
    this.matrices = matrices;
    this.batchSize = options.batchSize();
    this.threads = options.threads();
    this.typeReason = models.typeReason();
    this.chunkFrames = models.config().chunkFrames();
    FaceTemplate template = new FaceTemplate(models.config().resolution());
    this.cropper = new FaceCropper(template);
    this.paster = new FacePaster(template);
    this.fit =
        options.blend() == Blend.SEAMLESS
            ? Optional.of(new SeamlessFit(models.mask()))
            : Optional.empty();
    this.mouth = MouthOpening.open(template);
    this.lipSync =
        new LipSync(
            models,
            options.sampling(),
            options.seed(),
            options.blend(),
            latentStore(models, options, video));
    this.manager = NDManager.newBaseManager(models.device());
    this.speech =
        new WhisperFeatures(
            speech.samples(),
            new FeatureWindows(
                speech.samples().samples(), probe.frameRate(), models.config().heard()),
            speech.peak(),
            options.audioWindows(),
            models.whisper()::hiddenStates,
            windowStore(models, options, speech));
  }

  private LatentStore latentStore(Models models, RenderOptions options, SourceVideo video) {
    return (frame, purpose, encode) -> {
      ResultCache.Found<float[]> found =
          models
              .results()
              .latents(
                  new ResultCache.LatentKey(
                      video.identity(),
                      options.fps(),
                      options.deinterlacing(),
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

  private WindowStore windowStore(Models models, RenderOptions options, SpeechTrack track) {
    return (firstRow, encoding) -> {
      ResultCache.Found<HiddenStates> found =
          models
              .results()
              .window(
                  new ResultCache.WindowKey(track.identity(), firstRow, options.threads()),
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
   * @param framesDone told how many frames were finished, after each batch of chunks, in this
   *     thread
   * @throws IOException if reading or writing fails; no file is left then
   * @throws InterruptedException if this thread was interrupted; no file is left then
   */
  public Rendered render(int firstFrame, int frames, Path output, IntConsumer framesDone)
      throws IOException, InterruptedException {
    TorchEngine.useThreads(threads);
    HitCount latentsBefore = latentHits;
    HitCount windowsBefore = windowHits;
    try (VideoWriter writer = VideoWriter.open(output, probe)) {
      Rendering rendering = new Rendering(trace.segment(firstFrame), writer, framesDone);
      FramePipeline.run(batches(firstFrame, firstFrame + frames), rendering);
      try (Trace.Running time = rendering.ofSegment.begin("encode")) {
        writer.finish();
      }
      return new Rendered(
          rendering.synthesised,
          rendering.openings,
          latentHits.since(latentsBefore),
          windowHits.since(windowsBefore),
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
        // A short last chunk goes alone: those of a batch are of one length.
        int length = Math.min(chunkFrames, end - first);
        int count = Math.min(batchSize, (end - first) / length) * length;
        List<Optional<AffineMatrix>> found = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
          found.add(matrices.get(schedule.source(first + i)));
        }
        ChunkBatch batch = new ChunkBatch(first, length, found, manager);
        first += count;
        return batch;
      }
    };
  }

  /** What is done to the batches of one segment. */
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
        // The network wants every frame of the chunk: the nearest face stands in for a missing one.
        int standIn = start + nearest(batch.ofChunk(start), i);
        batch.sources[batch.crops.size()] = schedule.source(batch.first + standIn);
        batch.crops.add(
            cropper.crop(batch.frames.get(standIn).toRgb(), batch.found.get(standIn).get()));
      }
    }

    @Override
    public void listen(ChunkBatch batch) throws IOException {
      for (int start : batch.chunksToDub) {
        try (Trace.Running time = ofSegment.chunk(batch.first).begin("whisper")) {
          batch.audio.add(speech.frames(batch.scope, batch.first + start, batch.length));
        }
      }
    }

    @Override
    public void dub(ChunkBatch batch) throws IOException {
      if (batch.chunksToDub.length == 0) {
        return;
      }
      int length = batch.length;
      batch.faces =
          OomBatchSplitter.faces(
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
        for (int i = 0; i < batch.faces.length; i++) {
          FramePipeline.stopIfInterrupted();
          int frame = batch.chunksToDub[i / batch.length] + i % batch.length;
          if (batch.found.get(frame).isPresent()) {
            RgbImage source = batch.crops.get(i);
            float[] face = batch.faces[i];
            FacePatch patch =
                fit.map(seamless -> seamless.fit(source, face)).orElse(FacePatch.whole(face));
            batch.opening[frame] =
                paste(batch.frames.get(frame), patch, batch.found.get(frame).get());
          }
        }
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
      synthesised += batch.faceCount();
      for (VideoFrame frame : batch.frames) {
        converted += frame.isConverted() ? 1 : 0;
        deinterlaced += frame.isDeinterlaced() ? 1 : 0;
      }
      if (mouth.isPresent()) {
        for (float value : batch.opening) {
          openings.add(value);
        }
      }
      framesDone.accept(batch.size());
    }
  }

  /** Gives a frame its new face; returns how far its mouth is open, NaN if that is not known. */
  private float paste(VideoFrame frame, FacePatch face, AffineMatrix matrix) {
    // Converted to RGB once more: a chunk's RGB pictures kept meanwhile would be its largest part.
    RgbImage before = frame.toRgb();
    RgbImage after = before.copy();
    PixelBounds changed = paster.paste(after, face, matrix);
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
