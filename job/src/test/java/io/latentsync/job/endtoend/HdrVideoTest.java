package io.latentsync.job.endtoend;

import static io.latentsync.testing.FfmpegProgram.ffmpeg;
import static io.latentsync.testing.FfmpegProgram.ffprobe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.latentsync.face.detect.MediaPipeFaceDetector;
import io.latentsync.image.PixelRectangle;
import io.latentsync.job.cli.DubCommand;
import io.latentsync.job.testing.TurnedClip;
import io.latentsync.media.video.EncoderOptions.Codec;
import io.latentsync.media.video.VideoCoding;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The sample clip, graded as HDR of 10 bits, with SDR white at 203 cd/m². */
@Tag("slow")
final class HdrVideoTest {
  private static final int SIDE = 512;
  private static final int FRAMES = 20;
  private static final int SAMPLES = SIDE * SIDE * 3 / 2;

  /** What the new lips may change in this clip, with a margin. */
  private static final PixelRectangle MOUTH = new PixelRectangle(170, 225, 340, 365);

  @TempDir Path folder;

  @BeforeEach
  void build() {
    assumeTrue(MediaPipeFaceDetector.available(), "skipped: built without MediaPipe's models");
    assumeTrue(VideoCoding.isAvailable(Codec.HEVC, 10), "skipped: this build has no x265");
  }

  @ParameterizedTest
  @ValueSource(strings = {"smpte2084", "arib-std-b67"})
  void itIsDubbedAndStaysHdr(String transfer) throws Exception {
    Path clip = TurnedClip.standing(folder);
    Path video = folder.resolve("hdr.mp4");
    ffmpeg(
        "-i",
        clip.toString(),
        "-an",
        "-frames:v",
        String.valueOf(FRAMES),
        "-vf",
        ("setparams=color_trc=bt709,zscale=t=linear:npl=203,format=gbrpf32le,"
                + "zscale=t=%s:m=2020_ncl:p=2020:r=tv:npl=203,format=yuv420p10le")
            .formatted(transfer),
        "-c:v",
        "libx265",
        "-crf",
        "8",
        "-preset",
        "fast",
        "-x265-params",
        "log-level=none:max-cll=1000,400",
        video.toString());
    Path speech = folder.resolve("speech.wav");
    ffmpeg("-i", clip.toString(), "-ss", "1", "-t", "0.72", "-ar", "16000", speech.toString());
    // Two segments, one after the other and at the same time.
    Path one = dub(video, speech, "one.mp4", "local[1]");
    Path output = dub(video, speech, "two.mp4", "local[2]");
    assertThat(output).hasSameBinaryContentAs(one);
    assertThat(
            ffprobe(
                "-select_streams",
                "v",
                "-show_entries",
                "stream=codec_name,profile,codec_tag_string,pix_fmt,color_transfer",
                "-of",
                "csv=p=0",
                output.toString()))
        .startsWith("hevc,Main 10,hvc1,yuv420p10le," + transfer);

    ShortBuffer source = samples(video);
    ShortBuffer dubbed = samples(output);
    assertThat(dubbed.remaining()).isEqualTo(FRAMES * SAMPLES).isEqualTo(source.remaining());
    double ring = difference(source, dubbed, MOUTH.widened(30), MOUTH);
    double mouth = difference(source, dubbed, MOUTH.widened(-40), PixelRectangle.EMPTY);
    assertThat(ring).as("ring around the mouth, share of the signal").isLessThan(0.01);
    assertThat(mouth).as("mouth, share of the signal").isGreaterThan(2 * ring);
  }

  private Path dub(Path video, Path speech, String name, String master) {
    Path output = folder.resolve(name);
    String before = System.getProperty("spark.master");
    System.setProperty("spark.master", master);
    try {
      assertThat(
              DubCommand.run(
                  "--video_path=" + video,
                  "--audio_path=" + speech,
                  "--video_out_path=" + output,
                  "--inference_steps=2",
                  "--segment_frames=16",
                  "--preset=fast"))
          .isZero();
    } finally {
      if (before == null) {
        System.clearProperty("spark.master");
      } else {
        System.setProperty("spark.master", before);
      }
    }
    return output;
  }

  private static ShortBuffer samples(Path video) {
    return ByteBuffer.wrap(
            ffmpeg(
                "-xerror",
                "-err_detect",
                "explode",
                "-i",
                video.toString(),
                "-map",
                "0:v",
                "-f",
                "rawvideo",
                "-pix_fmt",
                "yuv420p10le",
                "-"))
        .order(ByteOrder.LITTLE_ENDIAN)
        .asShortBuffer();
  }

  /** The mean difference of the luma inside one rectangle and outside another. */
  private static double difference(
      ShortBuffer a, ShortBuffer b, PixelRectangle inside, PixelRectangle outside) {
    double sum = 0;
    int count = 0;
    for (int frame = 0; frame < FRAMES; frame++) {
      for (int y = inside.y0(); y < inside.y1(); y++) {
        for (int x = inside.x0(); x < inside.x1(); x++) {
          if (!outside.contains(x, y)) {
            int at = frame * SAMPLES + y * SIDE + x;
            sum += Math.abs(a.get(at) - b.get(at)) / 876.0;
            count++;
          }
        }
      }
    }
    return sum / count;
  }
}
