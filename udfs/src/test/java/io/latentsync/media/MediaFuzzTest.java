package io.latentsync.media;

import static io.latentsync.testing.FfmpegProgram.ffmpeg;

import io.latentsync.media.sound.AudioReader;
import io.latentsync.media.video.FrameRatePolicy;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.testing.fuzz.ByteMutation;
import io.latentsync.testing.fuzz.FuzzCase;
import io.latentsync.testing.fuzz.Fuzzer;
import io.latentsync.testing.fuzz.MatroskaMutation;
import io.latentsync.testing.fuzz.Mp4Mutation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads whole videos and sound tracks with mutated containers and streams. */
@Tag("fuzz")
final class MediaFuzzTest {
  /** Maximum number of distinct pictures to read; more of them find no more errors. */
  private static final int MOST_PICTURES = 1000;

  private static final String SOURCES =
      "-f lavfi -i testsrc2=s=64x48:r=25:d=0.5 -f lavfi -i sine=r=16000:d=0.5 "
          + "-fflags +bitexact -flags:v +bitexact -flags:a +bitexact ";

  @TempDir Path folder;
  private byte[] mp4;
  private byte[] fragments;
  private byte[] h264;
  private byte[] matroska;
  private byte[] stream;
  private byte[] wav;

  @BeforeEach
  void makeWholeOnes() throws IOException {
    mp4 = make("whole.mp4", SOURCES + "-c:v mpeg4 -g 5 -bf 1 -c:a aac");
    fragments =
        make(
            "fragments.mp4",
            SOURCES + "-c:v mpeg4 -g 5 -c:a aac -movflags frag_keyframe+empty_moov");
    h264 = make("h264.mp4", SOURCES + "-c:v libx264 -g 5 -threads 1 -c:a aac");
    matroska = make("whole.mkv", SOURCES + "-c:v mpeg4 -g 5 -c:a pcm_s16le");
    stream = make("whole.ts", SOURCES + "-c:v mpeg2video -g 5 -c:a mp2");
    wav = make("whole.wav", SOURCES + "-map 1 -c:a pcm_s16le");
  }

  private byte[] make(String name, String arguments) throws IOException {
    Path file = folder.resolve(name);
    List<String> command = new ArrayList<>(List.of(arguments.split(" ")));
    command.add(file.toString());
    ffmpeg(command.toArray(String[]::new));
    return Files.readAllBytes(file);
  }

  @Test
  void mediaAreReadOrRefused() throws Exception {
    Path work = Files.createDirectory(folder.resolve("work"));
    new Fuzzer("media", work, Fuzzer.ONE_LINE).run(this::next, MediaFuzzTest::read);
  }

  private FuzzCase next(RandomGenerator random) {
    return switch (random.nextInt(10)) {
      case 0, 1 -> new FuzzCase("mp4: boxes", "clip.mp4", Mp4Mutation.any(random, mp4));
      case 2, 3 ->
          new FuzzCase("mp4, fragments: boxes", "clip.mp4", Mp4Mutation.any(random, fragments));
      case 4 -> new FuzzCase("mp4, h264: boxes", "clip.mp4", Mp4Mutation.any(random, h264));
      case 5 -> new FuzzCase("mp4, h264: bytes", "clip.mp4", ByteMutation.any(random, h264));
      case 6, 7 ->
          new FuzzCase("matroska: elements", "clip.mkv", MatroskaMutation.any(random, matroska));
      case 8 ->
          new FuzzCase("transport stream: bytes", "clip.ts", ByteMutation.any(random, stream));
      default -> {
        byte[] bytes = wav.clone();
        ByteMutation.number(random, bytes, 4 * random.nextInt(12), 4);
        yield new FuzzCase("wav: header", "speech.wav", bytes);
      }
    };
  }

  /** Whether the pictures or the sound can be read; both are tried, as in a dub. */
  private static boolean read(Path file) throws IOException {
    boolean sound = file.toString().endsWith(".wav");
    if (!sound) {
      for (FrameRatePolicy policy : FrameRatePolicy.values()) {
        pictures(file, policy);
      }
    }
    try {
      samples(file);
    } catch (MediaException e) {
      if (sound) {
        throw e;
      }
      requireName(e, file);
    }
    return true;
  }

  private static void requireName(MediaException e, Path file) {
    if (!e.getMessage().startsWith(file.toString())) {
      throw new IllegalStateException(e);
    }
  }

  private static void pictures(Path file, FrameRatePolicy policy) throws IOException {
    VideoProbe probe = VideoProbe.of(file, policy);
    try (VideoReader reader = VideoReader.open(file, probe)) {
      long last = Long.MIN_VALUE;
      long[] shown = probe.pictures().toArray();
      int pictures = 0;
      for (int frame = 0; frame < probe.frames() && pictures < MOST_PICTURES; frame++) {
        if (shown[frame] != last) {
          last = shown[frame];
          pictures++;
          try (VideoFrame picture = reader.read(frame)) {
            if (pictures % 5 == 1) {
              picture.toRgb();
            }
          }
        }
      }
      reader.read(probe.frames() - 1).close();
      reader.read(0).close();
    }
  }

  private static void samples(Path file) throws IOException {
    AudioReader.probe(file);
    try (AudioReader reader = AudioReader.open(file)) {
      short[] buffer = new short[16_000];
      int read = 0;
      while (read >= 0) {
        read = reader.read(buffer);
      }
    }
  }
}
