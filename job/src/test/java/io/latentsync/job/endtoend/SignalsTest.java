package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.latentsync.job.cli.DubCommand;
import io.latentsync.job.failure.ExitCode;
import io.latentsync.job.testing.OtherProcess;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * A run that gets SIGTERM or SIGINT at any moment stops without a crash, and the same command
 * continues it. {@code -Dsignals.kills=50} kills more often.
 */
@Tag("slow")
@EnabledOnOs(value = OS.LINUX, disabledReason = "the signals that are ignored are in /proc")
final class SignalsTest {
  private static final int KILLS = Integer.getInteger("signals.kills", 6);
  private static final int REQUESTS = 2;

  /** What a scheduler waits for after SIGTERM, at the least. */
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private static final String NOTICE = "dub: interrupted; the same command continues";

  @TempDir Path folder;
  private NanoModels nano;
  private Path video;
  private Path speech;

  @BeforeEach
  void inputs() throws IOException {
    nano = new NanoModels(folder);
    video = nano.video(60);
    speech = nano.speech(2.2);
  }

  private OtherProcess start(Path outputs) throws IOException {
    StringBuilder rows = new StringBuilder("id,video,audio,output\n");
    for (int i = 0; i < REQUESTS; i++) {
      rows.append("r%d,%s,%s,%s%n".formatted(i, video, speech, output(outputs, i)));
    }
    List<String> arguments = new ArrayList<>(nano.options());
    arguments.add("--manifest=" + Files.writeString(outputs.resolve("night.csv"), rows));
    arguments.add("--report_dir=" + outputs);
    arguments.add("--inference_steps=20");
    arguments.add("--segment_frames=16");
    arguments.add("--seed=1");
    arguments.add("--device=cpu");
    return OtherProcess.start(
        List.of("-Xmx1g", "-XX:ErrorFile=" + folder.resolve("hs_err_%p.log")),
        DubCommand.class,
        arguments.toArray(String[]::new));
  }

  private static Path output(Path outputs, int request) {
    return outputs.resolve("dubbed %d.mp4".formatted(request));
  }

  /** Statuses of the requests; empty if the run was stopped before it began to work. */
  private static List<String> statuses(Path outputs) throws IOException {
    Path results = outputs.resolve("results.json");
    List<String> statuses = new ArrayList<>();
    if (Files.exists(results)) {
      for (JsonNode row : new ObjectMapper().readTree(results.toFile())) {
        statuses.add(row.get("status").asText());
      }
      Files.delete(results);
    }
    return statuses;
  }

  /** Whether the processes that this one starts ignore Ctrl-C, as those of {@code nohup} do. */
  private static boolean ignoresInterrupts() throws IOException {
    try (Stream<String> status = Files.lines(Path.of("/proc/self/status"))) {
      String ignored = status.filter(line -> line.startsWith("SigIgn:")).findFirst().orElseThrow();
      return (Long.parseUnsignedLong(ignored.substring("SigIgn:".length()).strip(), 16) & 1 << 1)
          != 0;
    }
  }

  private long crashes() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.getFileName().toString().startsWith("hs_err")).count();
    }
  }

  @Test
  void aRunThatIsKilledAgainAndAgainContinuesToTheSameBytes() throws Exception {
    Path undisturbed = Files.createDirectory(folder.resolve("undisturbed"));
    long start = System.nanoTime();
    start(undisturbed).output().ofSuccess();
    long whole = (System.nanoTime() - start) / 1_000_000;

    Random random = new Random(7);
    boolean canInterrupt = !ignoresInterrupts();
    List<String> seen = new ArrayList<>();
    List<String> journal = new ArrayList<>();
    Path outputs = Files.createTempDirectory(folder, "outputs");
    for (int kill = 0; kill < KILLS; ) {
      try (OtherProcess run = start(outputs)) {
        if (!run.endsWithin(Duration.ofMillis((long) (random.nextDouble() * whole)))) {
          boolean interrupt = canInterrupt && kill % 2 == 1;
          long asked = System.nanoTime();
          run.signal(interrupt ? "INT" : "TERM");
          assertThat(run.endsWithin(LIMIT)).as("ends within %s", LIMIT).isTrue();
          long millis = (System.nanoTime() - asked) / 1_000_000;
          OtherProcess.Output printed = run.output();
          if (printed.code() == 0) {
            // The signal came after the end of the work, while the JVM was ending.
            isLikeUndisturbed(outputs, undisturbed);
            outputs = Files.createTempDirectory(folder, "outputs");
            continue;
          }
          List<String> statuses = statuses(outputs);
          journal.add("%d in %d ms, %s".formatted(printed.code(), millis, statuses));
          assertThat(printed.code())
              .as("exit code; %s", printed.lines())
              .isEqualTo((interrupt ? ExitCode.INTERRUPTED : ExitCode.TERMINATED).code());
          assertThat(printed.lines().stream().filter(line -> line.startsWith("dub: ")))
              .as("%s", printed.lines())
              .isSubsetOf(NOTICE);
          assertThat(printed.lines()).noneMatch(line -> line.matches(".*(WARN|ERROR|Exception).*"));
          assertThat(statuses).isSubsetOf("done", "kept", "interrupted");
          assertThat(crashes()).as("crashes; %s", journal).isZero();
          seen.addAll(statuses);
          kill++;
          continue;
        }
        run.output().ofSuccess();
      }
      isLikeUndisturbed(outputs, undisturbed);
      outputs = Files.createTempDirectory(folder, "outputs");
    }
    start(outputs).output().ofSuccess();
    isLikeUndisturbed(outputs, undisturbed);
    assertThat(seen).as("%s", journal).contains("interrupted");
    if (KILLS > 6) {
      Files.write(Path.of("target", "signals.txt"), journal);
    }
  }

  private static void isLikeUndisturbed(Path outputs, Path undisturbed) throws IOException {
    for (int i = 0; i < REQUESTS; i++) {
      assertThat(output(outputs, i)).hasSameBinaryContentAs(output(undisturbed, i));
    }
    assertThat(statuses(outputs)).hasSize(REQUESTS).isSubsetOf("done", "kept");
    try (Stream<Path> left = Files.list(outputs)) {
      assertThat(left).noneMatch(file -> file.getFileName().toString().startsWith(".latentsync"));
    }
  }
}
