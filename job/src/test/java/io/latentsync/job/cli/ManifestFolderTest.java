package io.latentsync.job.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.latentsync.job.testing.CommandOutput;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder of manifests, each of which is a batch. */
@Tag("slow")
final class ManifestFolderTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;
  private Path drop;
  private NanoModels nano;

  @BeforeEach
  void twoManifestsAndOneThatIsWrong() throws IOException {
    nano = new NanoModels(folder);
    drop = Files.createDirectory(folder.resolve("drop"));
    manifest("b.csv", nano.video(5), nano.speech(0.5));
    manifest("a.csv", nano.video(5), nano.speech(0.5));
    Files.writeString(drop.resolve("aa.jsonl"), "{\"id\": \"x\", \"video\": \"gone.mp4\"}\n");
    Files.writeString(drop.resolve(".upload.csv"), "half a man");
    Files.writeString(drop.resolve("readme.txt"), "Put manifests here.");
  }

  private void manifest(String name, Path video, Path speech) throws IOException {
    Files.writeString(
        drop.resolve(name),
        "id,video,audio,output\n%1$s,%2$s,%3$s,out/%1$s.mp4\n".formatted(name, video, speech));
  }

  private CommandOutput dub(String... more) throws IOException {
    List<String> arguments = new ArrayList<>(nano.options());
    arguments.add("--inference_steps=2");
    arguments.add("--device=cpu");
    if (Stream.of(more).noneMatch(option -> option.startsWith("--progress="))) {
      arguments.add("--progress=none");
    }
    Collections.addAll(arguments, more);
    return CommandOutput.of("dub", new DubCommand(), arguments.toArray(String[]::new));
  }

  private static List<JsonNode> json(CommandOutput output) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : output.out().lines().filter(line -> line.startsWith("{")).toList()) {
      lines.add(JSON.readTree(line));
    }
    return lines;
  }

  private static void ended(JsonNode end, int manifests, int finishedBefore, int code) {
    assertThat(end.get("event").asText()).isEqualTo("manifests");
    assertThat(end.get("manifests").asInt()).isEqualTo(manifests);
    assertThat(end.get("started").asInt()).isEqualTo(manifests);
    assertThat(end.get("finishedBefore").asInt()).isEqualTo(finishedBefore);
    assertThat(end.get("exitCode").asInt()).isEqualTo(code);
  }

  @Test
  void eachManifestHasResultsOfItsOwnAndFinishedOnesAreSkipped() throws IOException {
    CommandOutput first = dub("--manifest=" + drop);
    assertThat(first.code()).as("of the one that is wrong").isEqualTo(2);
    assertThat(first.errors())
        .isNotEmpty()
        .allMatch(
            line -> line.startsWith("dub: " + drop.resolve("aa.jsonl") + ": aa.jsonl line 1"));
    List<JsonNode> lines = json(first);
    assertThat(lines.subList(0, 2))
        .extracting(end -> end.get("manifest").asText() + " " + end.get("done").asInt())
        .containsExactly(drop.resolve("a.csv") + " 1", drop.resolve("b.csv") + " 1");
    ended(lines.get(2), 3, 0, 2);
    Path results = drop.resolve("a.csv.results").resolve("results.avro");
    assertThat(results).exists();
    assertThat(drop.resolve("b.csv.results").resolve("report.html")).exists();
    assertThat(drop.resolve("out").resolve("a.csv.mp4")).exists();
    assertThat(drop.resolve("results.avro")).doesNotExist();

    Files.delete(drop.resolve("aa.jsonl"));
    FileTime written = Files.getLastModifiedTime(results);
    Files.delete(drop.resolve("out").resolve("b.csv.mp4"));
    CommandOutput second = dub("--manifest=" + drop);
    assertThat(second.errors()).isEmpty();
    assertThat(second.code()).isZero();
    assertThat(second.out())
        .contains(drop.resolve("a.csv") + ":\n1 of 1 done before; skipped\n")
        .contains("b.csv: done: ");
    ended(json(second).get(2), 2, 1, 0);
    assertThat(Files.getLastModifiedTime(results)).isEqualTo(written);
    assertThat(drop.resolve("out").resolve("b.csv.mp4")).exists();
  }

  @Test
  void aGlobAndAReportFolderGiveEachManifestAFolderOfItsName() throws IOException {
    Path reports = folder.resolve("reports");
    CommandOutput output =
        dub("--manifest=" + drop + "/?.csv", "--report_dir=" + reports, "--progress=json");
    assertThat(output.errors()).isEmpty();
    assertThat(output.code()).isZero();
    assertThat(reports.resolve("a.csv").resolve("results.json")).exists();
    assertThat(reports.resolve("b.csv").resolve("results.json")).exists();
    List<JsonNode> lines = json(output);
    ended(lines.get(lines.size() - 1), 2, 0, 0);
    assertThat(output.out().lines()).allMatch(line -> line.startsWith("{"));
  }

  @Test
  void aFailedRequestOfOneManifestDecidesTheExitCode() throws IOException {
    Files.delete(drop.resolve("aa.jsonl"));
    Path text = Files.writeString(folder.resolve("text.mp4"), "This is no video.\n".repeat(99));
    manifest("a.csv", text, nano.speech(0.5));
    CommandOutput output = dub("--manifest=" + drop);
    assertThat(output.code()).isEqualTo(3);
    assertThat(output.out()).contains("a.csv: failed: a.csv line 2: video " + text);
    assertThat(drop.resolve("out").resolve("b.csv.mp4")).exists();
  }

  @Test
  void wrongFoldersAreNamedBeforeAnyWork() throws IOException {
    Path empty = Files.createDirectory(folder.resolve("empty"));
    assertThat(dub("--manifest=" + empty).errors())
        .containsExactly(
            "dub: --manifest %s: has no manifests: files that end in .jsonl, .ndjson, .json, .csv,"
                    .formatted(empty)
                + " .avro or .parquet, or folders as Spark writes them; --allow_empty makes that a"
                + " success");
    CommandOutput allowed = dub("--manifest=" + empty, "--allow_empty");
    assertThat(allowed.code()).isZero();
    ended(json(allowed).get(0), 0, 0, 0);
    Path other = Files.createDirectory(folder.resolve("drop2"));
    Files.copy(drop.resolve("a.csv"), other.resolve("a.csv"));
    assertThat(dub("--manifest=" + folder + "/drop*/a.csv", "--report_dir=r").errors())
        .containsExactly(
            "dub: --report_dir is r, but %s and %s have the same name; leave --report_dir out, or rename one"
                .formatted(drop.resolve("a.csv"), other.resolve("a.csv")));
  }
}
