package io.latentsync.job.staging;

import static io.latentsync.testing.FfmpegProgram.ffmpeg;

import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FacePoints;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import io.latentsync.media.sound.AacTrack;
import io.latentsync.media.video.FrameState;
import io.latentsync.media.video.SegmentMuxer;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.media.video.VideoWriter;
import io.latentsync.record.SegmentDistances;
import io.latentsync.shot.LumaBlocks;
import io.latentsync.testing.fuzz.ByteMutation;
import io.latentsync.testing.fuzz.FuzzCase;
import io.latentsync.testing.fuzz.Fuzzer;
import io.latentsync.testing.fuzz.Mp4Mutation;
import io.latentsync.time.FrameRate;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.commons.io.FileUtils;
import org.apache.hadoop.conf.Configuration;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mutated staged rows, faces and segments: with a wrong digest, as after damage, and with a
 * recomputed digest, as by an attacker.
 */
@Tag("fuzz")
final class StagingFuzzTest {
  private static final Configuration HADOOP = new Configuration();
  private static final String ROW = "segment-00000016.avro";
  private static final String SEGMENT = "segment-00000000.mp4";
  private static final int FRAMES = 8;
  private static final int DIGEST_BYTES = 32;

  @TempDir Path folder;
  private static final LumaBlocks LUMA = new LumaBlocks(new byte[LumaBlocks.BLOCKS]);

  private byte[] row;
  private byte[] faces;
  private String facesName;
  private byte[] segment;
  private Path sound;

  @BeforeEach
  void stage() throws IOException {
    Path file = folder.resolve(ROW);
    SegmentDistances distances = new SegmentDistances(16, List.of(1f, 2.5f, 0f, 7f));
    try (Scratch scratch = Scratch.temporary()) {
      StagedRow.write(distances, new Location(file.toString()), "", scratch, HADOOP);
    }
    row = Files.readAllBytes(file);

    Staging staging = new Staging(new Location(folder.resolve("staging").toString()));
    DetectedFace face =
        new DetectedFace(1, 2, 30, 40, 0.9f, new FacePoints(1, 2, 3, 4, 5, 6), "detector");
    StagedFaces.put(
        List.of(
            new AnalysedFrame(FrameState.INTACT, LUMA, List.of(face)),
            new AnalysedFrame(FrameState.MISSING, LUMA, List.of()),
            new AnalysedFrame(FrameState.INTACT, LUMA, List.of(face, face))),
        staging,
        HADOOP);
    try (Stream<Path> files = Files.list(folder.resolve("staging"))) {
      Path made = files.findFirst().orElseThrow();
      faces = Files.readAllBytes(made);
      facesName = made.getFileName().toString();
    }

    Path source = folder.resolve("source.mkv");
    ffmpeg(
        ("-f lavfi -i testsrc2=s=64x48:r=25 -f lavfi -i sine=r=16000 -frames:v %d -t 0.32"
                + " -c:v mpeg4 -c:a pcm_s16le %s")
            .formatted(FRAMES, source)
            .split(" "));
    VideoProbe probe = VideoProbe.of(source);
    try (VideoReader reader = VideoReader.open(source, probe);
        VideoWriter writer = VideoWriter.open(folder.resolve(SEGMENT), probe)) {
      for (int i = 0; i < FRAMES; i++) {
        try (VideoFrame frame = reader.read(i)) {
          writer.write(frame);
        }
      }
      writer.finish();
    }
    segment = Files.readAllBytes(folder.resolve(SEGMENT));
    sound = folder.resolve("sound.mp4");
    AacTrack.encode(source, FRAMES, FrameRate.REFERENCE, AacTrack.End.EARLY, sound);
  }

  /** Disables the log, because it would have a line for each case. */
  @BeforeEach
  void disableLog() {
    Configurator.setLevel("io.latentsync.job.staging", Level.OFF);
  }

  @AfterEach
  void enableLog() {
    Configurator.setLevel("io.latentsync.job.staging", Level.WARN);
  }

  @Test
  void stagedFilesAreReadOrIgnored() throws Exception {
    Path work = Files.createDirectory(folder.resolve("work"));
    new Fuzzer("staging", work, Fuzzer.ONE_LINE).run(this::next, this::read);
  }

  private FuzzCase next(RandomGenerator random) throws IOException {
    return switch (random.nextInt(6)) {
      case 0 -> new FuzzCase("row: bytes", ROW, ByteMutation.any(random, row));
      case 1 -> {
        byte[] record = ByteMutation.any(random, Arrays.copyOf(row, row.length - DIGEST_BYTES));
        ByteArrayOutputStream digested = new ByteArrayOutputStream();
        digested.writeBytes((ROW + "\n\n").getBytes(StandardCharsets.UTF_8));
        digested.writeBytes(record);
        yield new FuzzCase(
            "row: bytes, digest recomputed",
            ROW,
            ByteMutation.replace(
                record, record.length, 0, DigestUtils.sha256(digested.toByteArray())));
      }
      case 2 -> new FuzzCase("faces: bytes", facesName, ByteMutation.any(random, faces));
      case 3 -> {
        byte[] bytes = ByteMutation.any(random, faces);
        yield new FuzzCase("faces: bytes, digest recomputed", name(bytes), bytes);
      }
      case 4 -> new FuzzCase("segment: boxes", SEGMENT, Mp4Mutation.any(random, segment));
      default -> new FuzzCase("segment: bytes", SEGMENT, ByteMutation.any(random, segment));
    };
  }

  private static String name(byte[] faces) {
    return "faces-" + DigestUtils.sha256Hex(faces) + ".avro";
  }

  private boolean read(Path file) throws IOException {
    String name = file.getFileName().toString();
    if (name.equals(ROW)) {
      Location location = new Location(file.toString());
      return StagedRow.find(SegmentDistances.class, location, "", HADOOP).isPresent();
    }
    if (name.equals(SEGMENT)) {
      Path output = file.resolveSibling("out.mp4");
      SegmentMuxer.mux(List.of(file), sound, FRAMES, FrameRate.REFERENCE, "", output);
      return true;
    }
    Path staging = folder.resolve("found");
    FileUtils.deleteDirectory(staging.toFile());
    Files.createDirectory(staging);
    Files.copy(file, staging.resolve(name));
    return StagedFaces.find(3, new Staging(new Location(staging.toString())), HADOOP).isPresent();
  }
}
