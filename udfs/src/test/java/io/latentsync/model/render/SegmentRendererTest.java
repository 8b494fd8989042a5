package io.latentsync.model.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import com.sun.management.UnixOperatingSystemMXBean;
import io.latentsync.audio.AudioContext;
import io.latentsync.audio.AudioWindows;
import io.latentsync.audio.FeatureWindows;
import io.latentsync.audio.PcmSource;
import io.latentsync.audio.WhisperFeatures;
import io.latentsync.audio.WindowStore;
import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.Scheduler;
import io.latentsync.face.align.AffineMatrix;
import io.latentsync.face.align.FaceCropper;
import io.latentsync.face.align.FaceMatrices;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.align.Resampling;
import io.latentsync.face.blend.FacePaster;
import io.latentsync.face.blend.FacePatch;
import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FaceDetector;
import io.latentsync.face.detect.FaceDetectors;
import io.latentsync.face.detect.FacePoints;
import io.latentsync.face.detect.MediaPipeFaceDetector;
import io.latentsync.image.PixelRectangle;
import io.latentsync.image.RgbImage;
import io.latentsync.image.RgbPart;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.media.video.VideoWriter;
import io.latentsync.model.bundle.ModelBundle;
import io.latentsync.model.bundle.Models;
import io.latentsync.nn.torch.TorchEngine;
import io.latentsync.shot.Shots;
import io.latentsync.testing.Distances;
import io.latentsync.testing.NanoModels;
import io.latentsync.testing.NativeMemory;
import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import io.latentsync.timeline.FrameSchedule;
import io.latentsync.timeline.FrameWeights;
import io.latentsync.timeline.KeptRanges;
import io.latentsync.timeline.LengthPolicy;
import io.latentsync.trace.Span;
import io.latentsync.trace.Trace;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("slow")
final class SegmentRendererTest {
  private static final int SOURCE_FRAMES = 20;
  private static final int CHUNK = 16;
  private static final SamplerOptions SAMPLING =
      new SamplerOptions(2, 1, false, Scheduler.Kind.DDIM, 0, 0);
  private static final long SEED = 7;
  private static final float SPEECH_PEAK = 0.5f;

  /** Minimum similarity after rounding and H.264, in dB. */
  private static final double ROUNDING_PSNR = 55;

  @TempDir Path folder;

  /** One for each test, so that no test finds cached results of another. */
  private String identity = UUID.randomUUID().toString();

  private Models models;
  private PcmSource speech = hum();
  private KeptRanges kept = KeptRanges.NONE;
  private Resampling resampling = Resampling.REFERENCE;
  private FrameSchedule schedule = new FrameSchedule(SOURCE_FRAMES, 52);
  private Path video;
  private VideoProbe probe;
  private List<Optional<FacePoints>> points;
  private FaceMatrices matrices;

  @BeforeEach
  void analyse() throws Exception {
    NanoModels nano = new NanoModels(folder);
    models = Models.load(nano.bundle(), Device.cpu(), Path::of);
    video = nano.video(SOURCE_FRAMES);
    probe = VideoProbe.of(video);
    points = new ArrayList<>();
    try (VideoReader reader = VideoReader.open(video, probe);
        FaceDetector detector = FaceDetectors.open()) {
      for (int i = 0; i < SOURCE_FRAMES; i++) {
        try (VideoFrame frame = reader.read(i)) {
          points.add(detector.detectLargest(frame.toRgb()).map(DetectedFace::points));
        }
      }
    }
    matrices = FaceMatrices.follow(points, new FaceTemplate(NanoModels.RESOLUTION));
    assertThat(matrices.faces()).isEqualTo(SOURCE_FRAMES);
  }

  @AfterEach
  void close() {
    models.close();
  }

  private SegmentRenderer renderer() throws IOException {
    return renderer(1, 1);
  }

  private SegmentRenderer renderer(int batchSize, int threads) throws IOException {
    return renderer(batchSize, threads, Trace.OFF);
  }

  private SegmentRenderer renderer(int batchSize, int threads, Trace trace) throws IOException {
    return renderer(batchSize, threads, trace, ComputePermits.UNLIMITED);
  }

  private SegmentRenderer renderer(int batchSize, int threads, Trace trace, ComputePermits permits)
      throws IOException {
    return renderer(batchSize, threads, trace, permits, 1);
  }

  private SegmentRenderer renderer(
      int batchSize, int threads, Trace trace, ComputePermits permits, int pasteLanes)
      throws IOException {
    return new SegmentRenderer(
        models,
        permits,
        kept(new RenderOptions(SAMPLING, SEED, batchSize, threads)),
        new SourceVideo(video, probe, identity),
        List.of(
            new DubbedFace(
                matrices, weights(kept), new SpeechTrack(speech, SPEECH_PEAK, identity))),
        schedule,
        pasteLanes,
        trace);
  }

  private RenderOptions kept(RenderOptions options) {
    RenderOptions.Timeline frames = options.timeline();
    RenderOptions.Pasting pasting = options.pasting();
    return options
        .with(new RenderOptions.Timeline(frames.fps(), frames.length(), kept))
        .with(new RenderOptions.Pasting(pasting.blend(), resampling, pasting.label()));
  }

  private static FrameWeights weights(KeptRanges kept) {
    return FrameWeights.outside(kept, FrameRate.REFERENCE, 52);
  }

  /** Two seconds of a tone that swells and fades. */
  private static PcmSource hum() {
    return new PcmSource() {
      @Override
      public long samples() {
        return 32_000;
      }

      @Override
      public void read(long start, short[] into) {
        for (int i = 0; i < into.length; i++) {
          double t = (start + i) / 16_000.0;
          into[i] = (short) (9000 * Math.sin(900 * t) * Math.sin(9 * t));
        }
      }
    };
  }

  @Test
  void aSegmentDoesNotDependOnEarlierSegments() throws Exception {
    Path alone = folder.resolve("alone.mp4");
    SegmentRenderer.Rendered first;
    try (SegmentRenderer renderer = renderer()) {
      first = renderer.render(32, 16, alone, frames -> {});
    }
    assertThat(first.synthesisedFrames()).isEqualTo(16);
    assertThat(first.openings()).hasSize(MediaPipeFaceDetector.available() ? 16 : 0);
    Path later = folder.resolve("later.mp4");
    List<Integer> progress = new ArrayList<>();
    try (SegmentRenderer renderer = renderer()) {
      renderer.render(0, 16, folder.resolve("other.mp4"), progress::add);
      renderer.render(48, 4, folder.resolve("other.mp4"), progress::add);
      SegmentRenderer.Rendered second = renderer.render(32, 16, later, progress::add);
      assertThat(second.openings()).isEqualTo(first.openings());
    }
    assertThat(progress).containsExactly(16, 4, 16);
    assertThat(Files.readAllBytes(later)).isEqualTo(Files.readAllBytes(alone));
  }

  /** Renders 16 frames in which the face and the same face, moved by some pixels, are dubbed. */
  private SegmentRenderer.Rendered two(Path output, float right, List<KeptRanges> keptByEach)
      throws Exception {
    List<Optional<FacePoints>> moved =
        points.stream()
            .map(
                found ->
                    found.map(
                        face ->
                            new FacePoints(
                                face.leftX() + right,
                                face.leftY(),
                                face.rightX() + right,
                                face.rightY(),
                                face.noseX() + right,
                                face.noseY())))
            .toList();
    SpeechTrack speech = new SpeechTrack(hum(), SPEECH_PEAK, identity);
    try (SegmentRenderer renderer =
        new SegmentRenderer(
            models,
            ComputePermits.UNLIMITED,
            new RenderOptions(SAMPLING, SEED, 1, 1),
            new SourceVideo(video, probe, identity),
            List.of(
                new DubbedFace(matrices, weights(keptByEach.get(0)), speech),
                new DubbedFace(
                    FaceMatrices.follow(moved, new FaceTemplate(NanoModels.RESOLUTION)),
                    weights(keptByEach.get(1)),
                    speech)),
            new FrameSchedule(SOURCE_FRAMES, 52),
            2,
            Trace.OFF)) {
      return renderer.render(0, 16, output, frames -> {});
    }
  }

  @Test
  void aFaceThatIsKeptChangesNothing() throws Exception {
    Path alone = folder.resolve("alone.mp4");
    try (SegmentRenderer renderer = renderer()) {
      renderer.render(0, 16, alone, frames -> {});
    }
    Path beside = folder.resolve("beside.mp4");
    SegmentRenderer.Rendered rendered =
        two(beside, 60, List.of(KeptRanges.NONE, KeptRanges.parse("0-")));
    assertThat(rendered.synthesisedFrames()).isEqualTo(16);
    assertThat(rendered.openings()).hasSize(MediaPipeFaceDetector.available() ? 32 : 0);
    assertThat(Files.readAllBytes(beside)).isEqualTo(Files.readAllBytes(alone));
  }

  @Test
  void overlappingFacesShareTheFrameByTheNearestMouth() throws Exception {
    Path first = folder.resolve("first.mp4");
    Path second = folder.resolve("second.mp4");
    Path both = folder.resolve("both.mp4");
    KeptRanges all = KeptRanges.parse("0-");
    two(first, 60, List.of(KeptRanges.NONE, all));
    two(second, 60, List.of(all, KeptRanges.NONE));
    two(both, 60, List.of(KeptRanges.NONE, KeptRanges.NONE));
    AffineMatrix left = matrices.get(0).orElseThrow().inverse();
    FacePoints template = new FaceTemplate(NanoModels.RESOLUTION).points();
    int border =
        Math.round(left.m00() * template.noseX() + left.m01() * template.noseY() + left.m02() + 30);
    // Left of the border between the mouths the first face is as if alone, right of it the second.
    assertThat(psnr(first, both, 0, border - 4)).isGreaterThan(40);
    assertThat(psnr(second, both, border + 4, NanoModels.WIDTH)).isGreaterThan(40);
    assertThat(psnr(first, both, border + 4, NanoModels.WIDTH)).isLessThan(36);
  }

  @Test
  void aSecondLayerIsBlendedOverTheFirst() throws Exception {
    Path once = folder.resolve("once.mp4");
    Path twice = folder.resolve("twice.mp4");
    KeptRanges all = KeptRanges.parse("0-");
    two(once, 0, List.of(KeptRanges.NONE, all));
    // The second layer has the same lips, so the blend of both must be the lips, at any weight.
    two(twice, 0, List.of(KeptRanges.NONE, KeptRanges.parse("0-0.32")));
    byte[] one = NanoModels.rgb(once);
    byte[] two = NanoModels.rgb(twice);
    int frame = 3 * NanoModels.WIDTH * NanoModels.HEIGHT;
    for (int i : new int[] {0, 8, 10, 15}) {
      assertThat(
              psnr(
                  Arrays.copyOfRange(one, i * frame, (i + 1) * frame),
                  Arrays.copyOfRange(two, i * frame, (i + 1) * frame),
                  0,
                  NanoModels.WIDTH))
          .as("PSNR of frame %d", i)
          .isGreaterThan(45);
    }
  }

  /** The PSNR of the columns of the first frame, in dB. */
  private static double psnr(Path a, Path b, int from, int to) {
    return psnr(NanoModels.rgb(a), NanoModels.rgb(b), from, to);
  }

  private static double psnr(byte[] one, byte[] two, int from, int to) {
    double sum = 0;
    for (int y = 0; y < NanoModels.HEIGHT; y++) {
      for (int i = 3 * (y * NanoModels.WIDTH + from); i < 3 * (y * NanoModels.WIDTH + to); i++) {
        sum += Math.pow((one[i] & 0xff) - (two[i] & 0xff), 2);
      }
    }
    return 10
        * Math.log10(255 * 255 / Math.max(1e-9, sum / (3.0 * NanoModels.HEIGHT * (to - from))));
  }

  @Test
  void keptFramesAreTheSourcesAndTheNewLipsFadeNextToThem() throws Exception {
    Path dubbed = folder.resolve("dubbed.mp4");
    try (SegmentRenderer renderer = renderer()) {
      renderer.render(0, 16, dubbed, frames -> {});
    }
    kept = KeptRanges.parse("0.4-"); // from frame 10 on
    Path partly = folder.resolve("partly.mp4");
    SegmentRenderer.Rendered rendered;
    try (SegmentRenderer renderer = renderer()) {
      rendered = renderer.render(0, 16, partly, frames -> {});
    }
    assertThat(rendered.synthesisedFrames()).isEqualTo(10);
    double[] changes = new double[16];
    try (VideoReader source = VideoReader.open(video, probe);
        VideoReader one = VideoReader.open(partly, VideoProbe.of(partly))) {
      for (int i = 0; i < 16; i++) {
        try (VideoFrame before = source.read(i);
            VideoFrame after = one.read(i)) {
          changes[i] = Distances.psnr(before.toRgb().pixels(), after.toRgb().pixels());
        }
      }
    }
    for (int i = 10; i < 16; i++) {
      assertThat(changes[i]).as("PSNR of the kept frame %d", i).isGreaterThan(changes[0] + 6);
    }
    // The frames of the fade come closer and closer to the source.
    for (int i = 7; i < 10; i++) {
      assertThat(changes[i]).as("PSNR of frame %d", i).isGreaterThan(changes[i - 1]);
    }
    assertThat(changes[5]).isCloseTo(changes[0], within(2.0));
    assertThat(VideoProbe.of(dubbed).frames()).isEqualTo(16);
  }

  @Test
  void aChunkEndsAtACut() throws Exception {
    // Frames 0…19 and 19…8 of the source, cut at frames 9 and 31 of the output.
    schedule =
        new FrameSchedule(
            SOURCE_FRAMES,
            52,
            LengthPolicy.BOUNCE,
            new Shots(List.of(9)),
            new FrameRange(0, SOURCE_FRAMES));
    Queue<Span> spans = new ConcurrentLinkedQueue<>();
    List<Integer> progress = new ArrayList<>();
    try (SegmentRenderer renderer = renderer(3, 1, Trace.to(spans::add, "test", 1, "talk"))) {
      SegmentRenderer.Rendered rendered =
          renderer.render(0, 32, folder.resolve("cut.mp4"), progress::add);
      assertThat(rendered.synthesisedFrames()).isEqualTo(32);
    }
    assertThat(progress).containsExactly(9, 16, 6, 1);
    assertThat(spans.stream().filter(span -> span.name().equals("denoise")).map(Span::chunk))
        .containsExactly(0, 9, 25, 31);
  }

  @Test
  void aChunkThatIsKeptIsNotComputed() throws Exception {
    kept = KeptRanges.parse("0-0.64,0.9-1.0");
    Queue<Span> spans = new ConcurrentLinkedQueue<>();
    try (SegmentRenderer renderer = renderer(1, 1, Trace.to(spans::add, "test", 1, "talk"))) {
      SegmentRenderer.Rendered rendered =
          renderer.render(0, 32, folder.resolve("kept.mp4"), frames -> {});
      assertThat(rendered.synthesisedFrames()).isBetween(12, 14);
    }
    assertThat(spans.stream().filter(span -> span.name().equals("denoise")).map(Span::chunk))
        .containsOnly(16);
  }

  @Test
  void overlappedStagesWriteTheSameFileAsSequentialOnes() throws Exception {
    Path inTurn = folder.resolve("in turn.mp4");
    renderInTurn(52, inTurn);
    Queue<Span> spans = new ConcurrentLinkedQueue<>();
    Path meanwhile = folder.resolve("meanwhile.mp4");
    try (SegmentRenderer renderer = renderer(1, 1, Trace.to(spans::add, "driver", 0, "talk"))) {
      renderer.render(0, 52, meanwhile, frames -> {});
    }
    assertThat(Files.readAllBytes(meanwhile)).isEqualTo(Files.readAllBytes(inTurn));

    for (String lane : List.of("decode", "encode")) {
      assertThat(spans.stream().filter(span -> span.lane().equals(lane)))
          .as("spans of lane %s, while the task computes", lane)
          .anyMatch(span -> spans.stream().anyMatch(other -> computes(other, span)));
    }
  }

  @Test
  void aFrameIsConditionedOnTheContextOfTheConfig() throws Exception {
    Path asPublished = folder.resolve("as published.mp4");
    renderInTurn(4, asPublished);
    ModelBundle bundle = new NanoModels(folder).bundle();
    String sizes = "\"data\":{";
    String config = Files.readString(Path.of(bundle.unetConfig()));
    assertThat(config).contains(sizes);
    Path less =
        Files.writeString(
            folder.resolve("less.yaml"),
            config.replace(sizes, sizes + "\"audio_feat_length\":[0,1],"));
    models.close();
    models =
        Models.load(
            new ModelBundle(
                less.toString(), bundle.unet(), bundle.vae(), bundle.whisper(), bundle.mask()),
            Device.cpu(),
            Path::of);
    assertThat(models.config().context()).isEqualTo(new AudioContext(0, 1));

    Path inTurn = folder.resolve("in turn.mp4");
    renderInTurn(4, inTurn);
    Path rendered = folder.resolve("rendered.mp4");
    try (SegmentRenderer renderer = renderer()) {
      renderer.render(0, 4, rendered, frames -> {});
    }
    assertThat(Files.readAllBytes(rendered))
        .isEqualTo(Files.readAllBytes(inTurn))
        .isNotEqualTo(Files.readAllBytes(asPublished));
  }

  /** Whether a span is a network's work that overlaps another span. */
  private static boolean computes(Span network, Span other) {
    return List.of("VAE encode", "denoise", "VAE decode").contains(network.name())
        && network.start() < other.end()
        && other.start() < network.end();
  }

  /** The steps of the renderer, one after the other in this thread. */
  private void renderInTurn(int count, Path output) throws Exception {
    FrameSchedule order = new FrameSchedule(SOURCE_FRAMES, count);
    FaceTemplate template = new FaceTemplate(NanoModels.RESOLUTION);
    FaceCropper cropper = new FaceCropper(template);
    FacePaster paster = new FacePaster(template);
    LipSync lipSync = new LipSync(models, SAMPLING, SEED);
    WhisperFeatures features =
        new WhisperFeatures(
            hum(),
            new FeatureWindows(hum().samples(), probe.frameRate(), models.config().context()),
            SPEECH_PEAK,
            AudioWindows.OVERLAP,
            models.whisper()::hiddenStates,
            WindowStore.NONE);
    TorchEngine.useThreads(1);
    try (VideoReader reader = VideoReader.open(video, probe);
        VideoWriter writer = VideoWriter.open(output, probe);
        NDManager manager = NDManager.newBaseManager(models.device())) {
      for (int first = 0; first < count; first += CHUNK) {
        int length = Math.min(CHUNK, count - first);
        long[] sources = new long[length];
        List<RgbImage> crops = new ArrayList<>();
        for (int i = 0; i < length; i++) {
          int source = order.source(first + i);
          sources[i] = source;
          try (VideoFrame frame = reader.read(source)) {
            crops.add(cropper.crop(frame.toRgb(), matrices.get(source).orElseThrow()));
          }
        }
        NDArray audio = features.frames(manager, first, length);
        float[][] faces = lipSync.faces(Trace.OFF, manager, crops, audio, sources, 1);
        for (int i = 0; i < length; i++) {
          try (VideoFrame frame = reader.read((int) sources[i])) {
            RgbImage before = frame.toRgb();
            RgbImage after = before.copy();
            PixelRectangle changed =
                paster.paste(
                    after, FacePatch.whole(faces[i]), matrices.get((int) sources[i]).orElseThrow());
            frame.paste(RgbPart.whole(before), RgbPart.whole(after), changed);
            writer.write(frame);
          }
        }
      }
      writer.finish();
    }
  }

  @Test
  void anInterruptionLeavesNoFileAndNoThread() throws Exception {
    Path output = folder.resolve("interrupted.mp4");
    Path complete = folder.resolve("complete.mp4");
    try (SegmentRenderer renderer = renderer()) {
      assertThatThrownBy(
              () -> renderer.render(0, 52, output, frames -> Thread.currentThread().interrupt()))
          .isInstanceOf(InterruptedException.class);
      assertThat(output).doesNotExist();
      assertThat(renderer.render(48, 4, complete, frames -> {}).synthesisedFrames()).isEqualTo(4);
    }
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().endsWith("coder of " + Thread.currentThread().getName())) {
        thread.join(30_000);
        assertThat(thread.isAlive()).as(thread.getName()).isFalse();
      }
    }
  }

  @Test
  void theNetworksAreWarmedUpOnceForEachShape() throws Exception {
    RenderOptions single = new RenderOptions(SAMPLING, SEED, 1, 1);
    assertThat(WarmUp.once(models, single)).isPositive();
    assertThat(WarmUp.once(models, new RenderOptions(SAMPLING, SEED + 1, 1, 1))).isZero();
    assertThat(WarmUp.once(models, new RenderOptions(SAMPLING, SEED, 2, 1))).isPositive();
    SamplerOptions cached = new SamplerOptions(20, 1.5, true, Scheduler.Kind.DDIM, 3, 0.2);
    assertThat(WarmUp.once(models, new RenderOptions(cached, SEED, 1, 1))).isPositive();
    assertThat(WarmUp.Choice.AUTO.wants(Device.cpu())).isFalse();
    assertThat(WarmUp.Choice.AUTO.wants(Device.gpu(0))).isTrue();
    assertThat(WarmUp.Choice.ON.wants(Device.cpu())).isTrue();
    assertThat(WarmUp.Choice.OFF.wants(Device.gpu(0))).isFalse();
  }

  @Test
  void aSpeechWithAppendedSilenceHasWindowsOfItsOwn() throws Exception {
    Path longer = folder.resolve("longer.mp4");
    try (SegmentRenderer renderer = renderer()) {
      renderer.render(0, 16, folder.resolve("short.mp4"), frames -> {});
    }
    speech = withSilence(hum(), PcmSource.SAMPLE_RATE);
    try (SegmentRenderer renderer = renderer()) {
      SegmentRenderer.Rendered rendered = renderer.render(0, 16, longer, frames -> {});
      assertThat(rendered.windows()).isEqualTo(new HitCount(1, 0));
    }
  }

  private static PcmSource withSilence(PcmSource speech, int silence) {
    return new PcmSource() {
      @Override
      public long samples() {
        return speech.samples() + silence;
      }

      @Override
      public void read(long start, short[] into) throws IOException {
        short[] spoken =
            new short[(int) Math.max(0, Math.min(into.length, speech.samples() - start))];
        if (spoken.length > 0) {
          speech.read(start, spoken);
        }
        Arrays.fill(into, (short) 0);
        System.arraycopy(spoken, 0, into, 0, spoken.length);
      }
    };
  }

  @Test
  void repeatedFramesAreEncodedOnceAndLookTheSame() throws Exception {
    Path fresh = folder.resolve("fresh.mp4");
    try (SegmentRenderer renderer = renderer()) {
      // Shows the source frames 16…19, 19…8.
      SegmentRenderer.Rendered rendered = renderer.render(16, 16, fresh, frames -> {});
      assertThat(rendered.latents()).isEqualTo(new HitCount(32, 8));
      assertThat(rendered.windows()).isEqualTo(new HitCount(1, 0));
    }
    identity = identity + " as if it were another";
    Path again = folder.resolve("again.mp4");
    try (SegmentRenderer renderer = renderer()) {
      renderer.render(0, 16, folder.resolve("other.mp4"), frames -> {});
    }
    try (SegmentRenderer renderer = renderer()) {
      SegmentRenderer.Rendered rendered = renderer.render(16, 16, again, frames -> {});
      assertThat(rendered.latents()).as("8…15 are known too").isEqualTo(new HitCount(32, 24));
      assertThat(rendered.windows()).isEqualTo(new HitCount(1, 1));
    }
    assertThat(Files.readAllBytes(again)).isEqualTo(Files.readAllBytes(fresh));
  }

  @Test
  void moreThreadsChangeOnlyTheRounding() throws Exception {
    Path one = folder.resolve("one.mp4");
    Path two = folder.resolve("two.mp4");
    try (SegmentRenderer renderer = renderer(1, 1)) {
      renderer.render(0, 16, one, frames -> {});
      assertThat(JniUtils.getNumThreads()).isEqualTo(1);
    }
    try (SegmentRenderer renderer = renderer(1, 2)) {
      renderer.render(0, 16, two, frames -> {});
      assertThat(JniUtils.getNumThreads()).isEqualTo(2);
    } finally {
      TorchEngine.useThreads(1); // For the other tests of this process.
    }
    assertThat(psnr(one, two)).isGreaterThan(ROUNDING_PSNR);
  }

  @Test
  void chunksDenoisedTogetherEqualChunksDenoisedAloneUpToRounding() throws Exception {
    // The source is played forward and backward: the first chunk has a face in its last frames, the
    // second in all but its last, the third and the short fourth in none.
    List<Optional<FacePoints>> gap = new ArrayList<>(Collections.nCopies(14, Optional.empty()));
    gap.addAll(points.subList(14, SOURCE_FRAMES));
    matrices = FaceMatrices.follow(gap, new FaceTemplate(NanoModels.RESOLUTION));
    Path alone = folder.resolve("alone.mp4");
    SegmentRenderer.Rendered expected;
    try (SegmentRenderer renderer = renderer(1, 1)) {
      expected = renderer.render(0, 52, alone, frames -> {});
    }
    assertThat(expected.synthesisedFrames()).isEqualTo(2 + 10);
    Path together = folder.resolve("together.mp4");
    List<Integer> progress = new ArrayList<>();
    for (int batch = 2; batch <= 3; batch++) {
      try (SegmentRenderer renderer = renderer(batch, 1)) {
        SegmentRenderer.Rendered rendered = renderer.render(0, 52, together, progress::add);
        assertThat(rendered.synthesisedFrames()).isEqualTo(expected.synthesisedFrames());
        assertThat(rendered.openings()).hasSameSizeAs(expected.openings());
      }
      assertThat(psnr(alone, together)).isGreaterThan(ROUNDING_PSNR);
    }
    assertThat(progress).containsExactly(32, 16, 4, 48, 4);
  }

  /**
   * Peak signal-to-noise ratio of two videos, in dB. If a pixel is rounded differently, the encoder
   * can code its block differently, so single pixels can differ by more than the rounding.
   */
  private static double psnr(Path one, Path other) {
    return Distances.psnr(NanoModels.rgb(one), NanoModels.rgb(other));
  }

  @Test
  void fiftyTasksOfOneSegmentDoNotGrowTheProcess() throws Exception {
    Path output = folder.resolve("segment.mp4");
    render(10, output);
    long owned = Pointer.totalBytes();
    long allocated = NativeMemory.allocated();
    long files = openFiles();

    render(50, output);

    assertThat(Pointer.totalBytes()).isLessThanOrEqualTo(owned);
    // Fifty chunks' decoded frames left behind would be 276 MB.
    assertThat(NativeMemory.allocated() - allocated).isLessThan(20_000_000L);
    assertThat(openFiles()).isLessThanOrEqualTo(files);
  }

  @Test
  void withoutAPermitFramesAreDecodedAndNothingIsComputed() throws Exception {
    Path expected = folder.resolve("expected.mp4");
    render(1, expected);
    ComputePermits permits = new ComputePermits(1);
    Path output = folder.resolve("waited.mp4");
    Queue<Span> spans = new ConcurrentLinkedQueue<>();
    Trace trace = Trace.to(spans::add, "test", 1, "talk");
    ExecutorService thread = Executors.newSingleThreadExecutor();
    ComputePermits.Permit held = permits.acquire();
    try (SegmentRenderer renderer = renderer(1, 1, trace, permits)) {
      Future<?> rendering = thread.submit(() -> renderer.render(32, 4, output, frames -> {}));
      await().until(() -> names(spans).contains("align") && permits.areAwaited());
      assertThat(rendering.isDone()).isFalse();
      assertThat(names(spans)).contains("decode").doesNotContain("whisper", "denoise");
      held.close();
      rendering.get();
    } finally {
      thread.shutdown();
    }
    assertThat(names(spans)).contains("wait for device", "whisper");
    assertThat(output).hasSameBinaryContentAs(expected);
    assertThat(permits.areAwaited()).isFalse();
  }

  private static List<String> names(Queue<Span> spans) {
    return spans.stream().map(Span::name).toList();
  }

  private void render(int segments, Path output) throws Exception {
    for (int i = 0; i < segments; i++) {
      try (SegmentRenderer renderer = renderer()) {
        assertThat(renderer.render(32, 4, output, frames -> {}).synthesisedFrames()).isEqualTo(4);
      }
    }
  }

  /** Number of open files of this process; 0 where the system does not report it. */
  private static long openFiles() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? unix.getOpenFileDescriptorCount()
        : 0;
  }

  /** A segment that notes its result. */
  private record Noted(FrameRange frames, Path output, List<SegmentRenderer.Rendered> results)
      implements SegmentRenderer.Segment {
    @Override
    public void framesDone(int count) {}

    @Override
    public void rendered(SegmentRenderer.Rendered result) {
      assertThat(output).isNotEmptyFile();
      results.add(result);
    }
  }

  @ParameterizedTest
  @EnumSource(Resampling.class)
  void segmentsThatAreRenderedTogetherAndPastedInLanesEqualThoseRenderedAlone(Resampling kind)
      throws Exception {
    resampling = kind;
    List<FrameRange> ranges =
        List.of(new FrameRange(0, 16), new FrameRange(16, 16), new FrameRange(32, 4));
    List<SegmentRenderer.Rendered> alone = new ArrayList<>();
    for (FrameRange range : ranges) {
      try (SegmentRenderer renderer = renderer()) {
        Path output = folder.resolve("alone-%d.mp4".formatted(range.first()));
        alone.add(renderer.render(range.first(), range.frames(), output, frames -> {}));
      }
    }
    for (int lanes : new int[] {1, 3}) {
      List<SegmentRenderer.Rendered> together = new ArrayList<>();
      try (SegmentRenderer renderer = renderer(1, 1, Trace.OFF, ComputePermits.UNLIMITED, lanes)) {
        renderer.render(
            ranges.stream()
                .map(
                    range ->
                        new Noted(
                            range,
                            folder.resolve("together-%d.mp4".formatted(range.first())),
                            together))
                .toList());
      }
      for (int i = 0; i < ranges.size(); i++) {
        int first = ranges.get(i).first();
        assertThat(folder.resolve("together-%d.mp4".formatted(first)))
            .hasSameBinaryContentAs(folder.resolve("alone-%d.mp4".formatted(first)));
        assertThat(together.get(i).openings()).isEqualTo(alone.get(i).openings());
        assertThat(together.get(i).latents().asked()).isEqualTo(alone.get(i).latents().asked());
      }
    }
  }

  @Test
  void aReceiverThatFailsEndsTheRenderingAndLeavesNoFileOfOtherSegments() throws Exception {
    Path first = folder.resolve("first.mp4");
    Path second = folder.resolve("second.mp4");
    IOException full = new IOException("no space left");
    SegmentRenderer.Segment failing =
        new SegmentRenderer.Segment() {
          @Override
          public FrameRange frames() {
            return new FrameRange(0, 4);
          }

          @Override
          public Path output() {
            return first;
          }

          @Override
          public void framesDone(int count) {}

          @Override
          public void rendered(SegmentRenderer.Rendered result) throws IOException {
            throw full;
          }
        };
    List<SegmentRenderer.Rendered> results = new ArrayList<>();
    try (SegmentRenderer renderer = renderer(1, 1, Trace.OFF, ComputePermits.UNLIMITED, 2)) {
      assertThatThrownBy(
              () ->
                  renderer.render(
                      List.of(failing, new Noted(new FrameRange(16, 32), second, results))))
          .isSameAs(full);
    }
    assertThat(first).isNotEmptyFile();
    assertThat(second).doesNotExist();
    assertThat(results).isEmpty();
  }

  @Test
  void theTraceOfASegmentHasEachStepOfEachChunk() throws Exception {
    Queue<Span> spans = new ConcurrentLinkedQueue<>();
    try (SegmentRenderer renderer = renderer(1, 1, Trace.to(spans::add, "driver", 0, "talk"))) {
      renderer.render(16, 36, folder.resolve("traced.mp4"), frames -> {});
    }
    List<Span> steps = spans.stream().filter(span -> span.name().equals("step")).toList();
    assertThat(steps).extracting(Span::chunk).containsExactly(16, 16, 32, 32, 48, 48);
    assertThat(steps).extracting(Span::step).containsExactly(0, 1, 0, 1, 0, 1);
    assertThat(spans).allMatch(span -> span.segment() == 16);
    for (String name :
        List.of("decode", "align", "whisper", "VAE encode", "denoise", "VAE decode", "encode")) {
      assertThat(spans.stream().filter(span -> span.name().equals(name)).map(Span::chunk))
          .as(name)
          .containsExactly(16, 32, 48);
    }
    assertThat(names(spans).stream().filter("paste"::equals)).hasSize(36);
    for (Span step : steps) {
      assertThat(spans)
          .anyMatch(
              span ->
                  span.name().equals("denoise")
                      && span.start() <= step.start()
                      && step.end() <= span.end());
    }
  }
}
