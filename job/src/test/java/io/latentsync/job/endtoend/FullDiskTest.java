package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.latentsync.job.cli.DubCommand;
import io.latentsync.testing.NanoModels;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk for intermediate files that is too small for them. */
@Tag("slow")
final class FullDiskTest {
  @TempDir Path folder;

  @Test
  void aFullDiskIsReportedAndDoesNotHarmTheNextRun() throws Exception {
    NanoModels nano = new NanoModels(folder);
    Path output = folder.resolve("dubbed.mp4");
    Path disk = Files.createDirectory(folder.resolve("disk"));
    List<String> options = new ArrayList<>(nano.options());
    options.add("--video_path=" + nano.video(16));
    options.add("--audio_path=" + nano.speech(0.5));
    options.add("--inference_steps=2");
    options.add("--temp_dir=" + disk);
    options.add("--video_out_path=" + output);
    String[] command = options.toArray(String[]::new);
    // Room for the speech, but not for a segment.
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", disk.toString()) == 0,
        "skipped: a small disk cannot be mounted here");
    try {
      assertThat(errors(command)).contains("dub: --temp_dir " + disk, "No space left on device");
      assertThat(output).doesNotExist();

      assertThat(run("mount", "-o", "remount,size=64m", disk.toString())).isZero();
      assertThat(errors(command)).doesNotContain("dub: ");
      assertThat(disk).isEmptyDirectory();
    } finally {
      assertThat(run("umount", disk.toString())).isZero();
    }
    byte[] pictures = NanoModels.rgb(output);
    Files.delete(output);
    assertThat(errors(command)).doesNotContain("dub: ");
    assertThat(pictures).isEqualTo(NanoModels.rgb(output));
  }

  /** What the command writes to standard error. */
  private static String errors(String[] command) {
    PrintStream before = System.err;
    ByteArrayOutputStream captured = new ByteArrayOutputStream();
    System.setErr(new PrintStream(captured, true, StandardCharsets.UTF_8));
    try {
      DubCommand.run(command);
    } finally {
      System.setErr(before);
    }
    return captured.toString(StandardCharsets.UTF_8);
  }

  private static int run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }
}
