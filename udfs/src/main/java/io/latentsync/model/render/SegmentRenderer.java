package io.latentsync.model.render;

import ai.djl.ndarray.NDManager;
import com.google.common.collect.AbstractIterator;
import com.google.common.primitives.Floats;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.align.MouthOpening;
import io.latentsync.media.EncoderOptions;
import io.latentsync.media.VideoFrame;
import io.latentsync.media.VideoProbe;
import io.latentsync.media.VideoReader;
import io.latentsync.media.VideoWriter;
import io.latentsync.model.bundle.Models;
import io.latentsync.nn.torch.TorchEngine;
import io.latentsync.trace.Trace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
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
  private final List<FaceRenderer> faces;
  private final EncoderOptions encoding;
  private final int batchSize;
  private final int threads;
  private final int chunkFrames;
  private final VideoReader reader;
  private final NDManager manager;
  private final FacePasteStage pasting;
  private final Optional<VisibleLabel> label;
  private final Trace trace;
  private final String typeReason;

  /**
   * The result of one segment.
   *
   * @param synthesisedFrames number of re-synthesised frames; the others have no face or are in a
   *     kept range, and are passed through
   * @param openings mouth opening in each frame, as {@link MouthOpening} measures it, of the first
   *     face, then of the second, and so on; NaN for a frame in which the face is passed through or
   *     shows no mouth. Empty if this build cannot measure it.
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
   * @param dubbed the faces that get new lips, at least one
   * @param schedule the source frame of each frame of the dubbed video
   * @param trace records the time of each stage, in three threads; decoding and encoding have
   *     separate lanes
   * @throws IOException if the video cannot be opened
   */
  public SegmentRenderer(
      Models models,
      ComputePermits permits,
      RenderOptions options,
      SourceVideo video,
      List<DubbedFace> dubbed,
      FrameSchedule schedule,
      Trace trace)
      throws IOException {
    // First, because only this call can fail on the user's input, and nothing native is open yet.
    this.reader = VideoReader.open(video.file(), video.probe());
    this.permits = permits;
    this.probe = video.probe();
    this.trace = trace;
    this.schedule = schedule;
    this.encoding = options.encoding();
    this.batchSize = options.batchSize();
    this.threads = options.threads();
    this.typeReason = models.typeReason();
    this.chunkFrames = models.config().chunkFrames();
    this.pasting =
        new FacePasteStage(
            models.mask(), options.blend(), new FaceTemplate(models.config().resolution()));
    this.label = VisibleLabel.of(options.label(), probe);
    this.manager = NDManager.newBaseManager(models.device());
    this.faces =
        dubbed.stream().map(face -> new FaceRenderer(models, options, video, face)).toList();
  }

  /**
   * Renders a segment into a file and measures the mouth openings in the finished frames.
   *
   * @param firstFrame first frame of the dubbed video, with which a chunk begins
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
    HitCount latentsBefore = hits(FaceRenderer::latentHits);
    HitCount windowsBefore = hits(FaceRenderer::windowHits);
    try (VideoWriter writer = VideoWriter.open(output, probe, encoding)) {
      Rendering rendering = new Rendering(trace.segment(firstFrame), writer, framesDone);
      FramePipeline.run(batches(firstFrame, firstFrame + frames), rendering);
      try (Trace.Running time = rendering.ofSegment.begin("encode")) {
        writer.finish();
      }
      return new Rendered(
          rendering.synthesised,
          rendering.openings.stream().flatMap(List::stream).toList(),
          hits(FaceRenderer::latentHits).since(latentsBefore),
          hits(FaceRenderer::windowHits).since(windowsBefore),
          typeReason,
          rendering.converted,
          rendering.deinterlaced);
    }
  }

  private HitCount hits(Function<FaceRenderer, HitCount> kind) {
    return faces.stream().map(kind).reduce(HitCount.NONE, HitCount::plus);
  }

  private Iterator<ChunkBatch> batches(int firstFrame, int end) {
    return new AbstractIterator<>() {
      private int first = firstFrame;

      @Override
      protected ChunkBatch computeNext() {
        if (first == end) {
          return endOfData();
        }
        int from = first;
        int length = schedule.chunk(from, end, chunkFrames);
        int count = length * chunks(from, end, length);
        List<FaceChunks> chunks =
            faces.stream()
                .map(face -> face.dubbed().chunks(schedule, from, count, length))
                .toList();
        ChunkBatch batch = new ChunkBatch(first, count, chunks, manager);
        first += count;
        return batch;
      }
    };
  }

  /**
   * The number of chunks in the batch that begins with a frame. The chunks of a batch have equal
   * length: a short one, at the end of a shot or of the segment, is a batch of its own.
   */
  private int chunks(int first, int end, int length) {
    int chunks = 1;
    while (length == chunkFrames
        && chunks < batchSize
        && first + chunks * length < end
        && schedule.chunk(first + chunks * length, end, chunkFrames) == length) {
      chunks++;
    }
    return chunks;
  }

  /** The stages of one segment. */
  private final class Rendering implements FramePipeline.Stages<ChunkBatch> {
    private final Trace ofSegment;
    private final VideoWriter writer;
    private final IntConsumer framesDone;
    private final List<List<Float>> openings = new ArrayList<>();
    private int synthesised;
    private int converted;
    private int deinterlaced;

    Rendering(Trace ofSegment, VideoWriter writer, IntConsumer framesDone) {
      this.ofSegment = ofSegment;
      this.writer = writer;
      this.framesDone = framesDone;
      faces.forEach(face -> openings.add(new ArrayList<>()));
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
      for (int i = 0; i < faces.size(); i++) {
        faces.get(i).align(ofBatch, batch, batch.faces.get(i), schedule, reader);
      }
    }

    @Override
    public void readAudio(ChunkBatch batch) throws IOException, InterruptedException {
      if (!batch.isAnyDubbed()) {
        return;
      }
      Trace ofBatch = ofSegment.chunk(batch.first);
      try (ComputePermits.Permit permit = permit(batch)) {
        for (int i = 0; i < faces.size(); i++) {
          faces.get(i).readAudio(ofBatch, batch, batch.faces.get(i));
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
      if (!batch.isAnyDubbed()) {
        return;
      }
      Trace ofBatch = ofSegment.chunk(batch.first);
      try (ComputePermits.Permit permit = permit(batch)) {
        for (int i = 0; i < faces.size(); i++) {
          faces.get(i).dub(ofBatch, batch, batch.faces.get(i));
        }
      } catch (CancellationException e) {
        throw (InterruptedException) new InterruptedException(e.getMessage()).initCause(e);
      }
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
          label.ifPresent(text -> text.draw(frame));
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
        for (int i = 0; i < openings.size(); i++) {
          openings.get(i).addAll(Floats.asList(batch.faces.get(i).opening));
        }
      }
      framesDone.accept(batch.size());
    }
  }

  @Override
  public void close() {
    faces.forEach(FaceRenderer::close);
    pasting.close();
    manager.close();
    reader.close();
  }
}
