package io.latentsync.notebook;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.latentsync.job.failure.ExitCode;
import io.latentsync.job.testing.CommandOutput;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RunCommandTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void nameTheNotebook() {
    file = folder.resolve("made.ipynb");
  }

  @Test
  void aCellCanUseDeclarationsOfEarlierCells() throws IOException {
    write(
        """
        import java.util.stream.*;
        int squares(int n) {
          return IntStream.rangeClosed(1, n).map(i -> i * i).sum();
        }
        """,
        """
        int three = squares(3);
        System.out.println("first\\nsecond");
        squares(4) + three // the value of the cell
        """);
    assertThat(RunCommand.run(file.toString())).isZero();
    assertThat(outputs(0)).isEmpty();
    assertThat(outputs(1)).hasSize(2);
    assertThat(outputs(1).get(0).path("text")).hasToString("[\"first\\n\",\"second\\n\"]");
    assertThat(outputs(1).get(1).path("data").path("text/plain")).hasToString("[\"44\"]");
    assertThat(cells().get(1).path("execution_count").asInt()).isEqualTo(2);
  }

  @Test
  void aPictureIsWrittenIntoTheNotebook() throws IOException {
    write("new java.awt.image.BufferedImage(7, 5, java.awt.image.BufferedImage.TYPE_INT_RGB)");
    assertThat(RunCommand.run(file.toString())).isZero();
    String png = outputs(0).get(0).path("data").path("image/png").asText();
    BufferedImage picture = ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(png)));
    assertThat(picture.getWidth()).isEqualTo(7);
    assertThat(picture.getHeight()).isEqualTo(5);
  }

  /** Pictures are left out: their base64 may look like a path. */
  @ParameterizedTest
  @ValueSource(strings = {"dub-one-clip.ipynb", "batch-and-report.ipynb"})
  void storedOutputsHaveNoPathOfTheMachineThatRanThem(String notebook) throws IOException {
    List<String> texts = new ArrayList<>();
    for (JsonNode cell : JSON.readTree(Path.of(notebook).toFile()).get("cells")) {
      for (JsonNode output : cell.path("outputs")) {
        texts.add(output.path("text").toString());
        texts.add(output.path("data").path("text/plain").toString());
        texts.add(output.path("data").path("text/html").toString());
      }
    }
    assertThat(texts).anySatisfy(text -> assertThat(text).contains("latentsync-"));
    assertThat(texts)
        .allSatisfy(
            text ->
                assertThat(text)
                    .doesNotContainPattern("(^|[\\s\"'=:(,])/(home|root|tmp|work|Users|var|mnt)/")
                    .doesNotContain("file:/"));
  }

  @Test
  void printedPathsAreRelativeToTheWorkingFolder() throws IOException {
    write(
        "System.out.println(java.nio.file.Path.of(\"out\", \"a.mp4\").toAbsolutePath() + \": done\");");
    assertThat(RunCommand.run(file.toString())).isZero();
    assertThat(outputs(0).get(0).path("text")).hasToString("[\"out/a.mp4: done\\n\"]");
  }

  @Test
  void aSecondRunReplacesAllOutputs() throws IOException {
    write("System.out.println(1);");
    assertThat(RunCommand.run(file.toString())).isZero();
    String once = Files.readString(file);
    assertThat(RunCommand.run(file.toString())).isZero();
    assertThat(Files.readString(file)).isEqualTo(once);
  }

  @Test
  void anExceptionEndsTheRunAndKeepsTheNotebook() throws IOException {
    write("int[] none = {};", "int first = none[0];\nSystem.out.println(first);", "none");
    String before = Files.readString(file);
    assertThat(errorsOfAFailure())
        .contains("made.ipynb, cell 2 of 3: java.lang.ArrayIndexOutOfBoundsException: Index 0")
        .doesNotContain("cell 3");
    assertThat(Files.readString(file)).isEqualTo(before);
  }

  @Test
  void codeThatDoesNotCompileEndsTheRun() throws IOException {
    write("int two = \"two\";");
    assertThat(errorsOfAFailure())
        .contains("cell 1 of 1: does not compile: incompatible types")
        .contains("int two = \"two\";");
  }

  @Test
  void aCallOfAnUnknownMethodEndsTheRun() throws IOException {
    write("int unknown() { return nowhere(); }");
    assertThat(errorsOfAFailure()).contains("cell 1 of 1: does not compile").contains("nowhere");
  }

  @Test
  void aCellThatEndsInTheMiddleOfAStatementEndsTheRun() throws IOException {
    write("int two = 1 +");
    assertThat(errorsOfAFailure()).contains("cell 1 of 1: does not compile");
  }

  @Test
  void aFileThatIsNoNotebookIsRefused() throws IOException {
    Files.writeString(file, "{\"nbformat\": 3}");
    assertThat(refusal(file)).startsWith("run: NOTEBOOK " + file);
    for (String contents : List.of("no notebook", "\0\1\2\3", "\u00ff\u00fe\u00fd")) {
      Files.write(file, contents.repeat(50).getBytes(StandardCharsets.ISO_8859_1));
      assertThat(refusal(file)).startsWith("run: NOTEBOOK " + file);
    }
  }

  @Test
  void aMissingFileIsReported() {
    Path none = folder.resolve("none.ipynb");
    assertThat(refusal(none)).isEqualTo("run: NOTEBOOK %s: no such file".formatted(none));
  }

  /** The one line of a refusal. */
  private static String refusal(Path file) {
    CommandOutput output = CommandOutput.of("run", new RunCommand(), file.toString());
    assertThat(output.code()).isEqualTo(ExitCode.INVALID_INPUT.code());
    assertThat(output.errors()).hasSize(1);
    return output.errors().get(0);
  }

  private String errorsOfAFailure() {
    PrintStream before = System.err;
    ByteArrayOutputStream errors = new ByteArrayOutputStream();
    System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
    try {
      assertThat(RunCommand.run(file.toString())).isEqualTo(1);
    } finally {
      System.setErr(before);
    }
    return errors.toString(StandardCharsets.UTF_8);
  }

  private void write(String... sources) throws IOException {
    ObjectNode root = JSON.createObjectNode();
    root.put("nbformat", 4);
    root.putObject("metadata").putObject("kernelspec").put("language", "java");
    ArrayNode cells = root.putArray("cells");
    for (String source : sources) {
      cells.addObject().put("cell_type", "code").put("source", source);
    }
    Files.writeString(file, JSON.writeValueAsString(root));
  }

  private JsonNode cells() throws IOException {
    return JSON.readTree(Files.readString(file)).path("cells");
  }

  private JsonNode outputs(int cell) throws IOException {
    return cells().get(cell).path("outputs");
  }
}
