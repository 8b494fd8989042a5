package io.latentsync.model.render;

import ai.djl.ndarray.NDManager;
import com.google.common.collect.AbstractIterator;
import com.google.common.primitives.Floats;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.align.MouthOpening;
import io.latentsync.media.video.EncoderOptions;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.media.video.VideoWriter;
import io.latentsync.model.bundle.Models;
import io.latentsync.nn.torch.TorchEngine;
import io.latentsync.time.FrameRange;
import io.latentsync.timeline.FrameSchedule;
import io.latentsync.trace.Trace;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import java.util.function.IntConsumer;
import org.slf4j.MDC;

/**
 * Renders segments of one dubbed video: decodes the source frames, re-synthesises the mouths and
 * encodes the frames. The three stages overlap ({@link FramePipeline}), also at the borders of
 * segments, and at most three batches of chunks are in memory. Only the calling thread calls the
 * networks. Each helper thread has its own objects.
 */
public final class SegmentRenderer implements AutoCloseable {
  /** Key of the segment in the log context. Log patterns show keys that begin with {@code mdc.}. */
  private static final String LOG_SEGMENT = "mdc.segment";

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
  private final PasteLanes pasting;
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
   * @param pasteLanes frames that are pasted at the same time, at least 1; does not affect the
   *     output
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
      int pasteLanes,
      Trace trace)
      throws IOException {
    // First, because only this call can fail on the user's input, and nothing native is open yet.
    this.reader = VideoReader.open(video.file(), video.probe());
    this.permits = permits;
    this.probe = video.probe();
    this.trace = trace;
    this.schedule = schedule;
    this.encoding = options.encoding();
    this.batchSize = options.compute().batchSize();
    this.threads = options.compute().threads();
    this.typeReason = models.typeReason();
    this.chunkFrames = models.config().chunkFrames();
    FaceTemplate template = new FaceTemplate(models.config().resolution());
    this.pasting =
        new PasteLanes(
            pasteLanes,
            () ->
                new FacePasteStage(
                    models.mask(),
                    options.pasting().blend(),
                    options.pasting().resampling(),
                    template));
    this.label = VisibleLabel.of(options.pasting().label(), probe);
    this.manager = NDManager.newBaseManager(models.device());
    this.faces =
        dubbed.stream().map(face -> new FaceRenderer(models, options, video, face)).toList();
  }

  /** A segment to render, and the receiver of its progress and result. */
  public interface Segment {
    /** The frames of the dubbed video; a chunk begins with the first. */
    FrameRange frames();

    /** The H.264 file to write. */
    Path output();

    /** Called after each batch of chunks with its number of frames. */
    void framesDone(int frames);

    /**
     * Called when the file is complete.
     *
     * @throws IOException if the file cannot be stored; ends the rendering
     */
    void rendered(Rendered result) throws IOException, InterruptedException;
  }

  /**
   * Renders a segment into a file and measures the mouth openings in the finished frames; see
   * {@link #render(List)}.
   *
   * @param firstFrame first frame of the dubbed video, with which a chunk begins
   * @param frames number of frames
   * @param output the MP4 file to write
   * @param framesDone called in this thread after each batch of chunks with its number of frames
   */
  public Rendered render(int firstFrame, int frames, Path output, IntConsumer framesDone)
      throws IOException, InterruptedException {
    List<Rendered> results = new ArrayList<>();
    render(
        List.of(
            new Segment() {
              @Override
              public FrameRange frames() {
                return new FrameRange(firstFrame, frames);
              }

              @Override
              public Path output() {
                return output;
              }

              @Override
              public void framesDone(int count) {
                framesDone.accept(count);
              }

              @Override
              public void rendered(Rendered result) {
                results.add(result);
              }
            }));
    return results.get(0);
  }

  /**
   * Renders segments, one after the other. The next segment is decoded and dubbed while the last
   * one is encoded. All methods of the segments are called in this thread.
   *
   * @throws IOException if reading or writing fails, the networks' faces are not finite, or a
   *     segment's receiver throws; files of segments that are not complete are deleted then
   * @throws InterruptedException if this thread was interrupted; as for other exceptions
   */
  public void render(List<? extends Segment> segments) throws IOException, InterruptedException {
    TorchEngine.useThreads(threads);
    try (Rendering rendering = new Rendering(segments)) {
      rendering.open(0);
      FramePipeline.run(rendering.batches(), rendering);
    }
  }

  private HitCount hits(Function<FaceRenderer, HitCount> kind) {
    return faces.stream().map(kind).reduce(HitCount.NONE, HitCount::plus);
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

  /** A batch of a segment. Owns its chunks. */
  private record SegmentBatch(Progress segment, ChunkBatch chunks) implements Closeable {
    @Override
    public void close() {
      chunks.close();
    }

    boolean isLast() {
      return chunks.first + chunks.size() == segment.range.end();
    }
  }

  /** A segment whose rendering has begun. */
  private final class Progress implements AutoCloseable {
    private final Segment segment;
    private final FrameRange range;
    private final Trace trace;
    private final List<List<Float>> openings = new ArrayList<>();
    private Optional<VideoWriter> writer = Optional.empty();
    private HitCount latents = HitCount.NONE;
    private HitCount windows = HitCount.NONE;
    private int synthesised;
    private int converted;
    private int deinterlaced;

    Progress(Segment segment) {
      this.segment = segment;
      this.range = segment.frames();
      this.trace = SegmentRenderer.this.trace.segment(range.first());
      faces.forEach(face -> openings.add(new ArrayList<>()));
    }

    MDC.MDCCloseable logContext() {
      return MDC.putCloseable(LOG_SEGMENT, "frames %d+%d".formatted(range.first(), range.frames()));
    }

    void open() throws IOException {
      writer = Optional.of(VideoWriter.open(segment.output(), probe, encoding));
    }

    void add(ChunkBatch batch) {
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
      segment.framesDone(batch.size());
    }

    Rendered result() {
      return new Rendered(
          synthesised,
          openings.stream().flatMap(List::stream).toList(),
          latents,
          windows,
          typeReason,
          converted,
          deinterlaced);
    }

    /** Deletes the file unless it is finished. */
    @Override
    public void close() {
      writer.ifPresent(VideoWriter::close);
      writer = Optional.empty();
    }
  }

  /** The stages of some segments. */
  private final class Rendering implements FramePipeline.Stages<SegmentBatch>, AutoCloseable {
    private final List<Progress> segments;

    Rendering(List<? extends Segment> segments) {
      this.segments = segments.stream().map(Progress::new).toList();
    }

    /** Opens the file of a segment, if it exists, before its faces are computed in vain. */
    void open(int segment) throws IOException {
      if (segment < segments.size()) {
        segments.get(segment).open();
      }
    }

    Iterator<SegmentBatch> batches() {
      Iterator<Progress> next = segments.iterator();
      return new AbstractIterator<>() {
        private Progress segment;
        private int first;

        @Override
        protected SegmentBatch computeNext() {
          if (segment == null || first == segment.range.end()) {
            if (!next.hasNext()) {
              return endOfData();
            }
            segment = next.next();
            first = segment.range.first();
          }
          int from = first;
          int end = segment.range.end();
          int length = schedule.chunk(from, end, chunkFrames);
          int count = length * chunks(from, end, length);
          List<FaceChunks> chunks =
              faces.stream()
                  .map(face -> face.dubbed().chunks(schedule, from, count, length))
                  .toList();
          first += count;
          return new SegmentBatch(segment, new ChunkBatch(from, count, chunks, manager));
        }
      };
    }

    @Override
    public void decode(SegmentBatch item) throws IOException, InterruptedException {
      ChunkBatch batch = item.chunks();
      Trace ofBatch = item.segment().trace.chunk(batch.first).lane("decode");
      try (MDC.MDCCloseable context = item.segment().logContext()) {
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
    }

    @Override
    public void readAudio(SegmentBatch item) throws IOException, InterruptedException {
      ChunkBatch batch = item.chunks();
      if (!batch.isAnyDubbed()) {
        return;
      }
      HitCount before = hits(FaceRenderer::windowHits);
      try (MDC.MDCCloseable context = item.segment().logContext();
          ComputePermits.Permit permit = permit(item)) {
        Trace ofBatch = item.segment().trace.chunk(batch.first);
        for (int i = 0; i < faces.size(); i++) {
          faces.get(i).readAudio(ofBatch, batch, batch.faces.get(i));
        }
      }
      item.segment().windows =
          item.segment().windows.plus(hits(FaceRenderer::windowHits).since(before));
    }

    private ComputePermits.Permit permit(SegmentBatch item) throws InterruptedException {
      if (!permits.areLimited()) {
        return permits.acquire();
      }
      try (Trace.Running time =
          item.segment().trace.chunk(item.chunks().first).begin("wait for device")) {
        return permits.acquire();
      }
    }

    @Override
    public void dub(SegmentBatch item) throws IOException, InterruptedException {
      ChunkBatch batch = item.chunks();
      if (!batch.isAnyDubbed()) {
        return;
      }
      HitCount before = hits(FaceRenderer::latentHits);
      try (MDC.MDCCloseable context = item.segment().logContext();
          ComputePermits.Permit permit = permit(item)) {
        Trace ofBatch = item.segment().trace.chunk(batch.first);
        for (int i = 0; i < faces.size(); i++) {
          faces.get(i).dub(ofBatch, batch, batch.faces.get(i));
        }
      } catch (CancellationException e) {
        throw (InterruptedException) new InterruptedException(e.getMessage()).initCause(e);
      }
      item.segment().latents =
          item.segment().latents.plus(hits(FaceRenderer::latentHits).since(before));
    }

    @Override
    public void encode(SegmentBatch item) throws IOException, InterruptedException {
      Progress segment = item.segment();
      Trace ofBatch = segment.trace.chunk(item.chunks().first).lane("encode");
      try (MDC.MDCCloseable context = segment.logContext();
          Trace.Running time = ofBatch.begin("encode")) {
        VideoWriter writer = segment.writer.orElseThrow();
        pasting.paste(
            ofBatch,
            item.chunks(),
            at -> {
              VideoFrame frame = item.chunks().frames.get(at);
              label.ifPresent(text -> text.draw(frame));
              writer.write(frame);
            });
        if (item.isLast()) {
          writer.finish();
          segment.close();
          open(segments.indexOf(segment) + 1);
        }
      }
    }

    @Override
    public void finished(SegmentBatch item) throws IOException, InterruptedException {
      try (MDC.MDCCloseable context = item.segment().logContext()) {
        item.segment().add(item.chunks());
        if (item.isLast()) {
          item.segment().segment.rendered(item.segment().result());
        }
      }
    }

    @Override
    public void close() {
      segments.forEach(Progress::close);
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
