package io.latentsync.notebook;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tutorials, as {@code notebooks/run} runs them for a reader. */
final class NotebooksIT {
  private static final Path NOTEBOOKS =
      Path.of(System.getProperty("deploy.dir", "../deploy"))
          .resolveSibling("notebooks")
          .toAbsolutePath();
  private static final JsonMapper JSON = new JsonMapper();

  /** What a page on the web shows without waiting. */
  private static final long LARGEST = 500_000;

  @TempDir Path folder;

  @Test
  void eachNotebookRunsAndIsCommittedWithItsOutputs() throws Exception {
    List<String> command = new ArrayList<>(List.of(NOTEBOOKS.resolve("run").toString()));
    List<Path> committed = notebooks();
    assertThat(committed).hasSizeGreaterThanOrEqualTo(2);
    for (Path notebook : committed) {
      command.add(Files.copy(notebook, folder.resolve(notebook.getFileName())).toString());
    }
    assertThat(run(command)).isZero();

    for (Path notebook : committed) {
      JsonNode cells = cells(folder.resolve(notebook.getFileName()));
      assertThat(picturesOf(cells)).as("pictures of %s", notebook).isPositive();
      assertThat(shapeOf(cells(notebook)))
          .as("%s as committed; if its code has changed, notebooks/run puts it right", notebook)
          .isEqualTo(shapeOf(cells));
      assertThat(Files.size(notebook)).isLessThan(LARGEST);
    }
  }

  /** The processes' messages go to this test's own. */
  private int run(List<String> command) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile()).inheritIO();
    builder.environment().put("LATENTSYNC_JAVA_OPTS", "-Xmx1g");
    return builder.start().waitFor();
  }

  private static List<Path> notebooks() throws IOException {
    try (Stream<Path> files = Files.list(NOTEBOOKS)) {
      return files.filter(file -> file.toString().endsWith(".ipynb")).sorted().toList();
    }
  }

  private static JsonNode cells(Path notebook) throws IOException {
    return JSON.readTree(Files.readString(notebook)).path("cells");
  }

  private static long picturesOf(JsonNode cells) {
    return cells.findValues("image/png").size();
  }

  /** The code of the cells, and what kinds of output each has put out. */
  private static List<String> shapeOf(JsonNode cells) {
    List<String> shape = new ArrayList<>();
    for (JsonNode cell : cells) {
      shape.add(cell.path("source").toString());
      cell.path("outputs").forEach(output -> shape.add(output.path("output_type").asText()));
    }
    return shape;
  }
}
