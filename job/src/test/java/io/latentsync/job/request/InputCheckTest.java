package io.latentsync.job.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.storage.Location;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks of inputs and outputs, also under several names of one file. */
final class InputCheckTest {
  @TempDir Path folder;
  private Path input;
  private final InputCheck check = new InputCheck(new Configuration());

  @BeforeEach
  void input() throws IOException {
    Files.createDirectories(folder.resolve("in/deeper"));
    input = Files.writeString(folder.resolve("in/talk.mp4"), "a video");
  }

  private static Location at(Path path) {
    return new Location(path.toString());
  }

  private List<String> problems() {
    try {
      check.finish();
      return List.of();
    } catch (InvalidInputException e) {
      return e.getMessage().lines().toList();
    }
  }

  /** The message for an output that is also the input video. */
  private List<String> problems(Path output) {
    check.readable("--video_path", at(input), false);
    check.video("--video_out_path", at(output));
    return problems();
  }

  private static String isInput(Path output) {
    return "--video_out_path %s: is also --video_path; the output must be a different file"
        .formatted(output);
  }

  @ParameterizedTest
  @ValueSource(strings = {"in/talk.mp4", "in/deeper/../talk.mp4", "./in/./talk.mp4"})
  void anOutputThatIsAnInputIsRefused(String name) {
    Path output = folder.resolve(name);
    assertThat(problems(output)).containsExactly(isInput(output));
  }

  @Test
  void anOutputThatIsALinkedInputIsRefused() throws IOException {
    Path hard = Files.createLink(folder.resolve("hard.mp4"), input);
    assertThat(problems(hard)).containsExactly(isInput(hard));
  }

  @Test
  void anOutputThatIsAnInputInALinkedFolderIsRefused() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("out"), folder.resolve("in"));
    Path output = link.resolve("talk.mp4");
    assertThat(problems(output)).containsExactly(isInput(output));
  }

  @Test
  void anOutputThatIsTheTargetOfALinkedInputIsRefused() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link.mp4"), input);
    check.readable("--video_path", at(link), false);
    check.video("--video_out_path", at(input));
    assertThat(problems()).containsExactly(isInput(input));
  }

  @Test
  void parentsOfALinkAreResolvedAsInTheOperatingSystem() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("out"), folder.resolve("in/deeper"));
    Path output = folder.resolve("out/../talk.mp4");
    assertThat(Files.isSameFile(output, input)).isTrue();
    assertThat(at(output).localPath()).isEqualTo(input.toRealPath());
    assertThat(problems(output)).containsExactly(isInput(output));
    assertThat(link).isSymbolicLink();
  }

  @Test
  void caseDistinguishesFilesIfTheFileSystemDoes() {
    Path output = folder.resolve("in/TALK.MP4");
    List<String> problems = problems(output);
    if (Files.exists(output)) { // This file system considers it the same file as the input.
      assertThat(problems).containsExactly(isInput(output));
    } else {
      assertThat(problems).isEmpty();
    }
  }

  @Test
  void anOutputInAnInputFolderIsRefused() throws IOException {
    check.readable("--vae_path", at(folder.resolve("in")), true);
    Path hard = Files.createLink(folder.resolve("hard.mp4"), input);
    check.video("--video_out_path", at(hard));
    assertThat(problems())
        .containsExactly(
            "--video_out_path %s: is also --vae_path; the output must be a different file"
                .formatted(hard));
  }

  @Test
  void twoNamesOfOneOutputAreRefused() throws IOException {
    Files.createSymbolicLink(folder.resolve("out"), folder.resolve("in"));
    check.video("first", at(folder.resolve("in/new.mp4")));
    check.video("second", at(folder.resolve("out/new.mp4")));
    check.video("third", at(folder.resolve("in/deeper/../other.mp4")));
    assertThat(problems())
        .containsExactly(
            "second %s: is also first; they must be different files"
                .formatted(folder.resolve("out/new.mp4")));
  }

  @Test
  void twoNewOutputsThatDifferOnlyInCaseAreRefusedIfTheFolderIgnoresCase() {
    Path first = folder.resolve("in/New.mp4");
    Path second = folder.resolve("in/nEW.mp4");
    InputCheck caseless = new InputCheck(new Configuration(), any -> true);
    caseless.video("first", at(first));
    caseless.video("second", at(second));
    caseless.video("third", at(folder.resolve("in/newer.mp4")));
    assertThatThrownBy(caseless::finish)
        .hasMessage("second %s: is also first; they must be different files".formatted(second));

    InputCheck strict = new InputCheck(new Configuration(), any -> false);
    strict.video("first", at(first));
    strict.video("second", at(second));
    assertThatCode(strict::finish).doesNotThrowAnyException();
  }

  @Test
  void theCheckOfCaseLeavesNoFiles() throws IOException {
    boolean expected = Files.exists(folder.resolve("IN"));
    assertThat(InputCheck.isCaseless(folder)).isEqualTo(expected);
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).containsExactly(folder.resolve("in"));
    }
  }

  @Test
  void anOutputThatIsALinkIsRefusedWithItsTarget() throws IOException {
    Path target = Files.writeString(folder.resolve("older.mp4"), "a result");
    Path link = Files.createSymbolicLink(folder.resolve("link.mp4"), Path.of("older.mp4"));
    Path dangling = Files.createSymbolicLink(folder.resolve("dangling.mp4"), Path.of("gone.mp4"));
    check.video("--video_out_path", at(link));
    check.video("--video_out_path", at(dangling));
    assertThat(problems())
        .containsExactly(
            "--video_out_path %s: is a link to %s; name that file itself, or another"
                .formatted(link, target),
            "--video_out_path %s: is a link to %s; name that file itself, or another"
                .formatted(dangling, folder.resolve("gone.mp4")));
  }

  private static final String SPECIAL = "is a device, pipe or socket, but must be a file";

  private Path pipe(String name) throws Exception {
    Path pipe = folder.resolve(name);
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    return pipe;
  }

  @Test
  void aPathWithAPasswordIsRefusedWithoutShowingIt() {
    InputCheck check = new InputCheck(new Configuration());
    check.readable("video", new Location("s3a://AKIAEXAMPLE:secret@in/talk.mp4"), false);
    check.video("output", new Location("s3a://AKIAEXAMPLE:secret@out/dubbed.mp4"));
    assertThatThrownBy(check::finish)
        .message()
        .satisfies(
            text ->
                assertThat(text.lines())
                    .hasSize(2)
                    .allMatch(line -> line.contains("://…@") && !line.contains("secret"))
                    .allMatch(line -> line.contains("must not contain a password")));
  }

  @Test
  void aPipeOrASocketIsRefusedAsOutput() throws Exception {
    Path pipe = pipe("pipe.mp4");
    Path socket = folder.resolve("socket.mp4");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      check.video("--video_out_path", at(pipe));
      check.video("--video_out_path", at(socket));
    }
    assertThat(problems())
        .containsExactly(
            "--video_out_path %s: %s".formatted(pipe, SPECIAL),
            "--video_out_path %s: %s".formatted(socket, SPECIAL));
  }

  @Test
  void aDeviceIsRefusedAsOutput() {
    Path device = Path.of("/dev/null");
    assumeTrue(Files.exists(device), "skipped: no " + device);
    check.output("--report_dir", at(device));
    assertThat(problems())
        .singleElement()
        .asString()
        .isEqualTo("--report_dir %s: %s".formatted(device, SPECIAL));
  }

  @Test
  @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void inputsThatAreNotFilesAreRefusedUnderAnyName() throws Exception {
    Path pipe = pipe("pipe");
    Path link = Files.createSymbolicLink(folder.resolve("link.mp4"), pipe);
    check.readable("--video_path", at(pipe), false);
    check.readable("--audio_path", at(link), false);
    check.readable("--mask_image_path", at(folder), false);
    assertThat(problems())
        .containsExactly(
            "--video_path %s: %s".formatted(pipe, SPECIAL),
            "--audio_path %s: %s".formatted(link, SPECIAL),
            "--mask_image_path %s: is a folder, but must be a file".formatted(folder));
  }

  @Test
  void theLongestNameIsWrittenAndALongerOneIsRefused() throws IOException {
    Configuration configuration = new Configuration();
    // 255 bytes, most of them in letters of two bytes.
    Path longest = folder.resolve("ü".repeat(125) + "-.mp4");
    check.video("--video_out_path", at(longest));
    assertThat(problems()).isEmpty();
    at(longest).commit(configuration, input);
    assertThat(longest).hasContent("a video");

    Path longer = folder.resolve("new folder").resolve("ü".repeat(126) + ".mp4");
    check.video("--video_out_path", at(longer));
    assertThat(problems())
        .containsExactly(
            "--video_out_path %s: cannot be written: File name too long".formatted(longer));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.mp4", "a.M4V", "a.mov", "a.b.MKV"})
  void everySupportedEndingIsAcceptedForAVideo(String name) {
    check.video("--video_out_path", at(folder.resolve(name)));
    assertThat(problems()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.avi", "a.webm", "mp4", "a.", "a.mp4.part"})
  void otherEndingsAreRefusedWithTheSupportedOnes(String name) {
    Path output = folder.resolve("new folder").resolve(name);
    check.video("--video_out_path", at(output));
    assertThat(problems())
        .containsExactly(
            "--video_out_path %s: must end in .mp4, .m4v, .mov or .mkv".formatted(output));
    assertThat(output.getParent()).doesNotExist();
  }
}
