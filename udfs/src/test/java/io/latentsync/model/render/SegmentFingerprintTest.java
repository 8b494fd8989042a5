package io.latentsync.model.render;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.audio.AudioContext;
import io.latentsync.audio.AudioWindows;
import io.latentsync.audio.PcmSource;
import io.latentsync.diffusion.PredictionType;
import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.Scheduler;
import io.latentsync.face.align.FaceMatrices;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.align.Resampling;
import io.latentsync.face.blend.Blend;
import io.latentsync.face.detect.FacePoints;
import io.latentsync.media.video.Deinterlacing;
import io.latentsync.media.video.EncoderOptions;
import io.latentsync.media.video.EncoderOptions.Codec;
import io.latentsync.media.video.EncoderOptions.Depth;
import io.latentsync.media.video.FrameRatePolicy;
import io.latentsync.model.bundle.DeviceChoice;
import io.latentsync.model.bundle.ModelConfig;
import io.latentsync.nn.networks.UNet3dConfig;
import io.latentsync.shot.Shots;
import io.latentsync.testing.GoldenData;
import io.latentsync.testing.PcmArray;
import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import io.latentsync.timeline.FrameSchedule;
import io.latentsync.timeline.FrameWeights;
import io.latentsync.timeline.KeptRanges;
import io.latentsync.timeline.LengthPolicy;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What the fingerprint of a segment depends on, and what not. */
final class SegmentFingerprintTest {
  private static final FrameRange SEGMENT = new FrameRange(16, 16);
  private static final int SOURCE_FRAMES = 40;

  private SamplerOptions sampling = new SamplerOptions(20, 1.5, false, Scheduler.Kind.DDIM, 0, 0);
  private long seed = 7;
  private int batchSize = 1;
  private LengthPolicy length = LengthPolicy.BOUNCE;
  private KeptRanges kept = KeptRanges.NONE;
  private Blend blend = Blend.REFERENCE;
  private EncoderOptions encoding = EncoderOptions.DEFAULT;
  private int frames = 50;
  private float shiftOfLateFaces;
  private float shiftOfTheSegmentsFaces;
  private boolean facesFromFrame20 = true;
  private Resampling resampling = Resampling.REFERENCE;
  private FrameRate rate = FrameRate.REFERENCE;
  private AudioContext context = AudioContext.REFERENCE;
  private PcmArray speech = PcmArray.noise(2 * PcmSource.SAMPLE_RATE);
  private PcmArray otherSpeech = PcmArray.noise(2 * PcmSource.SAMPLE_RATE);
  private int[] references = {};
  private Shots shots = Shots.ONE;
  private final String before;

  SegmentFingerprintTest() throws IOException {
    before = fingerprint(SEGMENT);
  }

  private String fingerprint(FrameRange segment) throws IOException {
    RenderOptions options =
        new RenderOptions(
            sampling,
            seed,
            new RenderOptions.Compute(DeviceChoice.CPU, 1, batchSize),
            AudioWindows.OVERLAP,
            new RenderOptions.Timeline(FrameRatePolicy.REFERENCE, length, kept),
            SilencePolicy.RENDER,
            Deinterlacing.AUTO,
            new RenderOptions.Pasting(blend, resampling, ""),
            encoding);
    List<Optional<FacePoints>> points =
        IntStream.range(0, SOURCE_FRAMES).mapToObj(this::points).toList();
    FaceMatrices matrices = FaceMatrices.follow(points, new FaceTemplate(64));
    FrameWeights weights = FrameWeights.outside(kept, rate, 50);
    FrameWeights never = new FrameWeights(new float[50]);
    return new SegmentFingerprint(
            options,
            List.of(
                new DubbedFace(matrices, weights, references, new SpeechTrack(speech, 1, "speech")),
                new DubbedFace(matrices, never, new SpeechTrack(otherSpeech, 1, "other"))),
            new FrameSchedule(
                SOURCE_FRAMES, frames, length, shots, new FrameRange(0, SOURCE_FRAMES)),
            rate,
            new ModelConfig(
                64,
                16,
                context,
                PredictionType.EPSILON,
                UNet3dConfig.parse(GoldenData.unetConfig(GoldenData.FULL))))
        .of(segment);
  }

  private Optional<FacePoints> points(int frame) {
    // So many frames without a face are no gap that is bridged.
    if (!facesFromFrame20 && frame >= 20) {
      return Optional.empty();
    }
    float shift = frame >= 35 ? shiftOfLateFaces : frame >= 16 ? shiftOfTheSegmentsFaces : 0;
    return Optional.of(new FacePoints(100 + shift, 100, 160 + shift, 100, 130 + shift, 130));
  }

  @Test
  void whatReachesOtherSegmentsOnlyDoesNotMatter() throws IOException {
    frames = 45;
    assertThat(fingerprint(SEGMENT)).as("length of the output").isEqualTo(before);
    length = LengthPolicy.HOLD;
    assertThat(fingerprint(SEGMENT)).as("policy that shows the same frames").isEqualTo(before);
    kept = KeptRanges.parse("1.5-1.7");
    assertThat(fingerprint(SEGMENT)).as("range that is kept later").isEqualTo(before);
    shiftOfLateFaces = 10;
    assertThat(fingerprint(SEGMENT)).as("later faces").isEqualTo(before);
    otherSpeech = PcmArray.noise(3 * PcmSource.SAMPLE_RATE);
    assertThat(fingerprint(SEGMENT)).as("speech of a face that keeps its lips").isEqualTo(before);
    assertThat(fingerprint(new FrameRange(32, 13))).isNotEqualTo(before);
  }

  @Test
  void cutsInTheSegmentMatter() throws IOException {
    shots = new Shots(List.of(16, 35));
    assertThat(fingerprint(SEGMENT)).as("cuts at other frames").isEqualTo(before);
    shots = new Shots(List.of(20));
    assertThat(fingerprint(SEGMENT)).as("a cut in the segment").isNotEqualTo(before);
  }

  @Test
  void optionsMatter() throws IOException {
    sampling = sampling.withFixedGuidance(2);
    assertThat(fingerprint(SEGMENT)).as("guidance").isNotEqualTo(before);
    sampling = sampling.withFixedGuidance(1.5);
    assertThat(fingerprint(SEGMENT)).as("guidance as before").isEqualTo(before);
    seed = 8;
    assertThat(fingerprint(SEGMENT)).as("seed").isNotEqualTo(before);
    seed = 7;
    batchSize = 2;
    assertThat(fingerprint(SEGMENT)).as("batch size").isNotEqualTo(before);
    batchSize = 1;
    blend = Blend.SEAMLESS;
    assertThat(fingerprint(SEGMENT)).as("blend").isNotEqualTo(before);
    blend = Blend.REFERENCE;
    resampling = Resampling.SHARP;
    assertThat(fingerprint(SEGMENT)).as("resampling").isNotEqualTo(before);
    resampling = Resampling.REFERENCE;
    encoding = encoding(EncoderOptions.Preset.MEDIUM, Codec.AUTO, Depth.AUTO);
    assertThat(fingerprint(SEGMENT)).as("preset").isNotEqualTo(before);
    encoding = encoding(EncoderOptions.Preset.SLOW, Codec.HEVC, Depth.AUTO);
    assertThat(fingerprint(SEGMENT)).as("codec").isNotEqualTo(before);
    encoding = encoding(EncoderOptions.Preset.SLOW, Codec.AUTO, Depth.TEN);
    assertThat(fingerprint(SEGMENT)).as("depth").isNotEqualTo(before);
    encoding = encoding(EncoderOptions.Preset.SLOW, Codec.AUTO, Depth.AUTO);
    assertThat(fingerprint(SEGMENT)).as("encoder as before").isEqualTo(before);
  }

  private static EncoderOptions encoding(EncoderOptions.Preset preset, Codec codec, Depth depth) {
    return new EncoderOptions(18, preset, 2, codec, depth);
  }

  @Test
  void facesAndKeptFramesMatter() throws IOException {
    shiftOfTheSegmentsFaces = 0.5f;
    assertThat(fingerprint(SEGMENT)).as("face moved").isNotEqualTo(before);
    shiftOfTheSegmentsFaces = 0;
    facesFromFrame20 = false;
    assertThat(fingerprint(SEGMENT)).as("no face").isNotEqualTo(before);
    facesFromFrame20 = true;
    // Frame 33 is kept, so that the fade begins in the segment.
    kept = KeptRanges.parse("1.32-1.4");
    assertThat(fingerprint(SEGMENT)).as("fade").isNotEqualTo(before);
  }

  @Test
  void picturesOfOtherFramesMatter() throws IOException {
    references = IntStream.range(0, 50).map(frame -> frame < 40 ? frame : 5).toArray();
    assertThat(fingerprint(SEGMENT)).as("frames themselves").isEqualTo(before);
    references[20] = 5;
    assertThat(fingerprint(SEGMENT)).as("picture of frame 5").isNotEqualTo(before);
    references[20] = -1;
    assertThat(fingerprint(SEGMENT)).as("no picture").isNotEqualTo(before);
  }

  @Test
  void framesAndSpeechMatter() throws IOException {
    assertThat(fingerprint(new FrameRange(15, 16))).as("frames").isNotEqualTo(before);
    assertThat(fingerprint(new FrameRange(16, 15))).as("fewer frames").isNotEqualTo(before);
    rate = new FrameRate(24, 1);
    assertThat(fingerprint(SEGMENT)).as("frame rate").isNotEqualTo(before);
    rate = FrameRate.REFERENCE;
    context = new AudioContext(1, 2);
    assertThat(fingerprint(SEGMENT)).as("audio context").isNotEqualTo(before);
    context = AudioContext.REFERENCE;
    speech.pcm()[30_000] = Short.MAX_VALUE;
    assertThat(fingerprint(SEGMENT)).as("speech in the window").isNotEqualTo(before);
  }
}
