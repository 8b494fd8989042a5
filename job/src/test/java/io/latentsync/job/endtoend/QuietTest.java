package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.cli.DubCommand;
import io.latentsync.job.metrics.Stage;
import io.latentsync.job.testing.OtherProcess;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the demo prints into a file: its own process, as the native libraries do not know Java's
 * streams.
 */
@Tag("slow")
final class QuietTest {
  private static final int MOST_LINES = 60;

  @TempDir Path folder;

  @Test
  void theDemoPrintsFewLinesAndNoneOfTheNativeLibraries() throws Exception {
    List<String> lines =
        OtherProcess.outputOf(
            DubCommand.class,
            "--demo",
            "--video_out_path=" + folder.resolve("dubbed.mp4"),
            "--validate=on",
            "--inference_steps=2");

    assertThat(folder.resolve("dubbed.mp4")).isRegularFile();
    assertThat(lines).hasSizeLessThan(MOST_LINES);
    assertThat(lines).noneMatch(line -> line.contains("NNPACK") || line.contains("[W"));
    assertThat(lines).noneMatch(line -> line.contains("\r"));
    for (Stage stage : Stage.values()) {
      List<String> ofStage =
          lines.stream().filter(line -> line.matches(stage.label() + " +\\d+ %: .*")).toList();
      assertThat(ofStage).hasSizeGreaterThan(1);
      assertThat(ofStage.get(0)).contains(" 0 %: 0 of ");
      assertThat(ofStage.get(ofStage.size() - 1)).contains("100 %: ");
    }
  }
}
