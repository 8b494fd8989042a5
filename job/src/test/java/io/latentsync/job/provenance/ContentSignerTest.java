package io.latentsync.job.provenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.job.request.Finishing;
import io.latentsync.job.storage.Location;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signing with programs that stand in for c2patool. */
final class ContentSignerTest {
  /** Checks its arguments as c2patool takes them, and appends the manifest to a copy. */
  private static final String STAND_IN =
      """
      [ $# = 6 ] && [ "$2" = -m ] && [ "$4" = -o ] && [ "$6" = -f ] || { echo "usage"; exit 2; }
      [ "${1##*.}" = "${5##*.}" ] || { echo "the endings differ"; exit 2; }
      cat "$1" "$3" > "$5" && echo '{"active_manifest": "…"}'
      """;

  @TempDir Path folder;
  private Path video;
  private Path manifest;

  @BeforeEach
  void aVideoAndAManifest() throws IOException {
    video = Files.writeString(Files.createDirectory(folder.resolve("a b")).resolve("v.mp4"), "v");
    manifest = Files.writeString(folder.resolve("mani fest.json"), "{}");
  }

  private Finishing.Signing signing(String script) throws IOException {
    Path tool = Files.writeString(folder.resolve("c2pa tool"), "#!/bin/sh\n" + script);
    Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwx------"));
    return new Finishing.Signing(tool.toString(), new Location(manifest.toString()));
  }

  @Test
  void theProgramGetsTheVideoAndTheManifest() throws IOException {
    ContentSigner.sign(signing(STAND_IN), video);
    assertThat(video).hasContent("v{}");
  }

  @Test
  void aFailureHasTheLastLineOfTheProgramAndLeavesTheVideo() throws IOException {
    Finishing.Signing signing = signing("echo starting; echo 'no private key' >&2; exit 3\n");
    assertThatThrownBy(() -> ContentSigner.sign(signing, video))
        .hasMessage("--c2pa_tool %s: ended with code 3: no private key".formatted(signing.tool()));
    assertThat(video).hasContent("v");
  }

  @Test
  void aProgramThatWritesNothingIsAFailure() throws IOException {
    Finishing.Signing signing = signing("exit 0\n");
    assertThatThrownBy(() -> ContentSigner.sign(signing, video))
        .hasMessage(
            "--c2pa_tool %s: ended with code 0, but has not written the signed video"
                .formatted(signing.tool()));
  }

  @Test
  void whatIsMissingIsNamed() throws IOException {
    Finishing.Signing none =
        new Finishing.Signing("/gone/c2patool", new Location(manifest.toString()));
    assertThatThrownBy(() -> ContentSigner.sign(none, video))
        .hasMessageStartingWith("--c2pa_tool /gone/c2patool: cannot be started on ")
        .hasMessageEndingWith("; it must be a program, such as /usr/bin/c2patool");
    Files.delete(manifest);
    Finishing.Signing good = signing(STAND_IN);
    assertThatThrownBy(() -> ContentSigner.sign(good, video))
        .hasMessageStartingWith("--c2pa_manifest %s: no such file on ".formatted(good.manifest()));
  }
}
