package io.latentsync.job.staging;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FacePoints;
import io.latentsync.job.storage.Location;
import io.latentsync.media.video.FrameState;
import io.latentsync.shot.LumaBlocks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Intact and damaged files of faces in staging. */
final class StagedFacesTest {
  private static final Configuration HADOOP = new Configuration();

  @TempDir Path folder;
  private static final List<FrameState> STATES = List.of(FrameState.values());

  private Staging staging;

  @BeforeEach
  void makeStaging() {
    staging = new Staging(new Location(folder.resolve("staging").toString()));
  }

  /** One face in even frames, two in every third frame, none in the others; all states. */
  private static List<AnalysedFrame> faces(int frames) {
    return IntStream.range(0, frames)
        .mapToObj(
            frame ->
                new AnalysedFrame(
                    STATES.get(frame % STATES.size()),
                    luma(frame),
                    IntStream.range(0, frame % 2 == 0 ? 1 : frame % 3 == 0 ? 2 : 0)
                        .mapToObj(face -> face(frame + face / 7f))
                        .toList()))
        .toList();
  }

  private static LumaBlocks luma(int frame) {
    byte[] means = new byte[LumaBlocks.BLOCKS];
    for (int i = 0; i < means.length; i++) {
      means[i] = (byte) (frame * i);
    }
    return new LumaBlocks(means);
  }

  private static DetectedFace face(float at) {
    FacePoints points =
        new FacePoints(at, Math.nextUp(at), -at, 1 / (at + 1), Float.MIN_VALUE, Float.NaN);
    return new DetectedFace(at, -at, 31.5f, 0.1f, 0.75f, points, "détecteur");
  }

  private Optional<List<AnalysedFrame>> find(int frames) throws IOException {
    return StagedFaces.find(frames, staging, HADOOP);
  }

  private Path file() throws IOException {
    try (Stream<Path> files = Files.list(staging.folder().localPath())) {
      return files.findFirst().orElseThrow();
    }
  }

  @Test
  void facesAreReadBackBitForBit() throws IOException {
    assertThat(find(1)).isEmpty();
    StagedFaces.put(faces(1000), staging, HADOOP);
    assertThat(find(1000)).contains(faces(1000));
  }

  @Test
  void facesOfTooFewFramesAreNotUsedAndThoseOfMoreAre() throws IOException {
    StagedFaces.put(faces(20), staging, HADOOP);
    assertThat(find(21)).isEmpty();
    StagedFaces.put(faces(30), staging, HADOOP);
    assertThat(find(21)).contains(faces(30));
  }

  @Test
  void fileWithAChangedByteIsNotUsed() throws IOException {
    StagedFaces.put(faces(20), staging, HADOOP);
    Path file = file();
    byte[] right = Files.readAllBytes(file);
    for (int at = 0; at < right.length; at += 97) {
      byte[] damaged = right.clone();
      damaged[at] ^= 0x10;
      Files.write(file, damaged);
      assertThat(find(20)).as("with byte %d changed", at).isEmpty();
    }
    StagedFaces.put(faces(20), staging, HADOOP);
    assertThat(find(20)).contains(faces(20));
  }

  @Test
  void filesOfOtherRequestsAreNotUsed() throws IOException {
    StagedFaces.put(faces(20), staging, HADOOP);
    Path foreign = file().resolveSibling("faces-.avro");
    Files.move(file(), foreign);
    Files.createDirectory(foreign.resolveSibling("faces-0"));
    Files.createFile(foreign.resolveSibling("faces-1"));
    assertThat(find(20)).isEmpty();
    StagedFaces.put(faces(20), staging, HADOOP);
    assertThat(find(20)).contains(faces(20));
    assertThat(foreign).exists();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "null", "Obj\1 and no more", "Obj\1\2ÿÿÿÿ\1"})
  @Timeout(20)
  void fileWithAValidNameButWithoutFacesIsRemoved(String contents) throws IOException {
    Path parts = Files.createDirectories(staging.folder().localPath());
    Path file =
        Files.writeString(
            parts.resolve("faces-" + DigestUtils.sha256Hex(contents) + ".avro"), contents);
    assertThat(find(1)).isEmpty();
    assertThat(file).doesNotExist();
  }

  @Test
  @Timeout(20)
  void damagedFileIsRemoved() throws IOException {
    StagedFaces.put(faces(20), staging, HADOOP);
    Path file = file();
    byte[] right = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(right, right.length - 1));
    assertThat(find(20)).isEmpty();
    assertThat(file).doesNotExist();
  }
}
