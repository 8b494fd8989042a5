package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.cli.DubCommand;
import io.latentsync.job.testing.MiniHdfs;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Ids and file names of a manifest that resemble paths to other folders: a run writes the outputs
 * that the manifest names, and its own files only into its own folders.
 */
@Tag("slow")
final class ManifestNamesTest {
  private static final Pattern LINK = Pattern.compile("(?:src|href)=\"([^\"#]*\\.mp4)\"");

  @TempDir Path root;
  private Path batch;
  private NanoModels nano;

  @BeforeEach
  void makeFolders() throws IOException {
    batch = Files.createDirectories(root.resolve("nested/batch"));
    nano = new NanoModels(Files.createDirectory(root.resolve("inputs")));
  }

  private Set<String> files() throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> root.relativize(file).toString())
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private int dub(String rows, String... more) throws IOException {
    Path manifest =
        Files.writeString(
            batch.resolve("manifest.csv"), "id,video,audio,output\n" + rows.replace('|', ','));
    List<String> command = new ArrayList<>(nano.options());
    command.addAll(List.of("--manifest=" + manifest, "--inference_steps=2"));
    command.addAll(List.of(more));
    return DubCommand.run(command.toArray(String[]::new));
  }

  /** What a run writes for each output and next to the manifest. */
  private static Set<String> written(Set<String> before, String... outputs) {
    Set<String> files = new TreeSet<>(before);
    for (String output : outputs) {
      files.addAll(List.of(output, output + ".provenance.json"));
    }
    for (String file :
        List.of("manifest.csv", "results.avro", "results.json", "results.jsonl", "report.html")) {
      files.add("nested/batch/" + file);
    }
    return files;
  }

  @Test
  void idsNameNoFilesAndOutputsAreWhereTheirPathsLead() throws Exception {
    Path video = nano.video(2);
    Path speech = nano.speech(0.2);
    nano.bundle();
    Files.createDirectories(root.resolve("elsewhere/inner"));
    Files.createSymbolicLink(batch.resolve("link"), root.resolve("elsewhere/inner"));
    Set<String> before = files();
    String inputs = "|%s|%s|".formatted(video, speech);

    int code =
        dub(
            String.join(
                "\n",
                "../../escape" + inputs + "out/../deeper/a.mp4",
                root.resolve("absolute") + inputs + root.resolve("other/b.mp4"),
                ".." + inputs + "link/../c.mp4",
                "a/../../b" + inputs + "%2e%2e/%2e%2e/d.mp4",
                "file:///escape" + inputs + "../e.mp4"));

    assertThat(code).isZero();
    Set<String> outputs =
        Set.of(
            "nested/batch/deeper/a.mp4",
            "other/b.mp4",
            "elsewhere/c.mp4",
            "nested/batch/%2e%2e/%2e%2e/d.mp4",
            "nested/e.mp4");
    assertThat(files()).isEqualTo(written(before, outputs.toArray(String[]::new)));
    assertThat(linksOfTheReport()).isEqualTo(outputs);
  }

  private Set<String> linksOfTheReport() throws IOException {
    return LINK.matcher(Files.readString(batch.resolve("report.html")))
        .results()
        .map(MatchResult::group)
        .map(link -> LINK.matcher(link).replaceFirst("$1"))
        .map(link -> Path.of(batch.toUri().resolve(URI.create(link))))
        .map(file -> root.relativize(file).toString())
        .collect(Collectors.toSet());
  }

  @Test
  void copiesOfRemoteInputsStayInTheCache() throws Exception {
    Path cache = root.resolve("cache");
    try (MiniHdfs hdfs = new MiniHdfs(Files.createDirectory(root.resolve("store")))) {
      String video = hdfs.upload(nano.video(2), "/in/%2e%2e%2f%2e%2e%2fescape").name();
      String speech = hdfs.upload(nano.speech(0.2), "/in/...").name();
      nano.bundle();
      Set<String> before = outside(cache, files());

      assertThat(dub("one|%s|%s|out/a.mp4".formatted(video, speech), "--cache_dir=" + cache))
          .isZero();

      assertThat(outside(cache, files()))
          .isEqualTo(outside(cache, written(before, "nested/batch/out/a.mp4")));
      assertThat(files()).anyMatch(file -> file.endsWith("/%2e%2e%2f%2e%2e%2fescape"));
    }
  }

  /** The files outside the cache, without those of the HDFS. */
  private Set<String> outside(Path cache, Set<String> files) {
    return files.stream()
        .filter(file -> !root.resolve(file).startsWith(cache) && !file.startsWith("store/"))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
