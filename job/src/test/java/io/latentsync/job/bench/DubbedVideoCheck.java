package io.latentsync.job.bench;

import static io.latentsync.testing.FfmpegProgram.ffmpeg;
import static io.latentsync.testing.FfmpegProgram.ffprobe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.latentsync.audio.FeatureWindows;
import io.latentsync.time.FrameRate;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Compares a dubbed video with its inputs as the ffmpeg program decodes both. */
final class DubbedVideoCheck {
  private static final int SAMPLE_RATE = 16_000;

  /** Pictures are compared at this side, RGB. */
  private static final int SIDE = 64;

  private static final int PICTURE = 3 * SIDE * SIDE;

  /** The upper rows, in which nothing is re-synthesised. */
  private static final int KEPT = PICTURE / 10;

  /** Maximum mean difference in grey levels, caused by coarse codecs and chroma subsampling. */
  private static final double LARGEST_DIFFERENCE = 8;

  private static final int MOST_CHANNELS = 8;

  private static final double SAMPLES_OF_A_PACKET = 1024;

  /**
   * AAC packets: the last one is padded, and the encoder's delay precedes the first sample, which
   * only MP4 marks. A packet at 8 kHz has 128 ms.
   */
  private static final int MOST_PADDING_PACKETS = 2;

  /** Resamplers add or lose up to this at the ends of a track. */
  private static final double NEAR_SECONDS = 0.03;

  private static final Pattern DEEP = Pattern.compile(".*(10|12|16|32|64)(le|be)");

  private final Path scratch;
  private final List<String> problems = new ArrayList<>();

  /** Decodes into a folder. */
  DubbedVideoCheck(Path scratch) {
    this.scratch = scratch;
  }

  /**
   * The faults of the dubbed video; empty if there are none.
   *
   * @param frames number of frames that {@code probe} reported
   * @param input one of the two; if it is complete, the contents are compared
   */
  List<String> problems(Path dubbed, Path video, Path speech, int frames, OddInput input)
      throws IOException {
    JsonNode streams =
        new ObjectMapper()
            .readTree(
                ffprobe(
                    "-show_entries",
                    "stream=codec_name,codec_type,r_frame_rate,sample_rate",
                    "-of",
                    "json",
                    dubbed.toString()))
            .get("streams");
    if (streams.size() != 2
        || !streams.get(0).get("codec_name").asText().equals(codec(input))
        || !streams.get(1).get("codec_name").asText().equals("aac")) {
      problems.add("streams are " + streams);
      return problems;
    }
    Path pictures = scratch.resolve("dubbed.rgb");
    Path sound = scratch.resolve("dubbed.pcm");
    decode(dubbed, pictures, sound);
    long found = Files.size(pictures) / PICTURE;
    if (found != frames) {
      problems.add("%d frames, but probe says %d".formatted(found, frames));
    }
    if (input.isComplete()) {
      String[] rate = streams.get(0).get("r_frame_rate").asText().split("/", -1);
      FrameRate frameRate = new FrameRate(Integer.parseInt(rate[0]), Integer.parseInt(rate[1]));
      double packet = SAMPLES_OF_A_PACKET / streams.get(1).get("sample_rate").asInt();
      ShortBuffer samples = samples(speech, isPlaced(input));
      compareLength(sound, samples, found, frameRate, packet);
      // A downmix changes the level.
      if (!input.hasSound() || Integer.parseInt(input.channels()) <= MOST_CHANNELS) {
        compareLevel(sound, samples);
      }
      comparePictures(pictures, video);
    }
    return problems;
  }

  /**
   * The codec of the output: HEVC for more than 8 bits a sample, which the format's name ends with.
   */
  private static String codec(OddInput input) {
    return DEEP.matcher(input.pixelFormat()).matches() ? "hevc" : "h264";
  }

  /** Fails on the first error of either stream. */
  private static void decode(Path dubbed, Path pictures, Path sound) {
    ffmpeg(
        "-xerror",
        "-i",
        dubbed.toString(),
        "-map",
        "0:v",
        "-fps_mode",
        "passthrough",
        "-vf",
        "scale=64:64",
        "-pix_fmt",
        "rgb24",
        "-f",
        "rawvideo",
        pictures.toString(),
        "-map",
        "0:a",
        "-ac",
        "1",
        "-ar",
        String.valueOf(SAMPLE_RATE),
        "-f",
        "s16le",
        sound.toString());
  }

  /** The decoder cuts off the first two packets of WMA. AVI has no timestamps. */
  private static boolean isPlaced(OddInput input) {
    return input.trait() == OddInput.Trait.LATE_SOUND
        || (input.sound().startsWith("wma") && !input.ending().equals("avi"));
  }

  /**
   * Decodes the speech with the ffmpeg program.
   *
   * @param isPlaced whether its first sample is at its timestamp; otherwise it is at time 0
   */
  private static ShortBuffer samples(Path speech, boolean isPlaced) {
    String placed = isPlaced ? ":async=1:first_pts=0" : "";
    return shorts(
        ffmpeg(
            "-i",
            speech.toString(),
            "-vn",
            "-af",
            "aresample=" + SAMPLE_RATE + placed,
            "-ac",
            "1",
            "-f",
            "s16le",
            "-"));
  }

  private void compareLength(
      Path sound, ShortBuffer speech, long frames, FrameRate rate, double packetSeconds)
      throws IOException {
    long expectedFrames = new FeatureWindows(speech.remaining(), rate).frames();
    if (Math.abs(frames - expectedFrames) > 1) {
      problems.add(
          "%d frames, but %d samples of speech ask for %d at %s fps"
              .formatted(frames, speech.remaining(), expectedFrames, rate));
    }
    ShortBuffer dubbed = shorts(Files.readAllBytes(sound));
    double expected = (double) speech.remaining() / SAMPLE_RATE;
    double seconds = (double) dubbed.remaining() / SAMPLE_RATE;
    if (Math.abs(seconds - Math.min(expected, rate.seconds(frames)))
        > MOST_PADDING_PACKETS * packetSeconds + NEAR_SECONDS) {
      problems.add("%.3f s of sound, but the speech has %.3f".formatted(seconds, expected));
    }
  }

  /** Ignores the silence that pads the packets, which is most of the sound for 10 ms of speech. */
  private void compareLevel(Path sound, ShortBuffer speech) throws IOException {
    double dubbed = level(shorts(Files.readAllBytes(sound)), speech.limit());
    double level = level(speech, speech.limit());
    if (level > 100 && Math.abs(dubbed / level - 1) > 0.2) {
      problems.add("the sound's level is %.0f, the speech's %.0f".formatted(dubbed, level));
    }
  }

  private void comparePictures(Path pictures, Path video) throws IOException {
    byte[] source =
        ffmpeg(
            "-i",
            video.toString(),
            "-an",
            "-frames:v",
            "1",
            "-vf",
            "scale=64:64",
            "-f",
            "rawvideo",
            "-pix_fmt",
            "rgb24",
            "-");
    byte[] dubbed = Files.readAllBytes(pictures);
    double sum = 0;
    for (int i = 0; i < KEPT; i++) {
      sum += Math.abs((source[i] & 0xff) - (dubbed[i] & 0xff));
    }
    if (sum / KEPT > LARGEST_DIFFERENCE) {
      problems.add("the first picture differs by %.1f grey levels".formatted(sum / KEPT));
    }
  }

  private static ShortBuffer shorts(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer();
  }

  /** Root of the samples' energy over a number of them. */
  private static double level(ShortBuffer samples, int count) {
    double sum = 0;
    for (int i = 0; i < samples.limit(); i++) {
      sum += (double) samples.get(i) * samples.get(i);
    }
    return Math.sqrt(sum / Math.max(1, count));
  }
}
