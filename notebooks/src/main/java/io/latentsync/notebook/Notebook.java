package io.latentsync.notebook;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.latentsync.nn.networks.ConfigText;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.imageio.ImageIO;

/** A Jupyter notebook (nbformat 4): cells of text and of code, with the outputs of the code. */
final class Notebook {
  private static final JsonMapper JSON = new JsonMapper();

  private final ObjectNode root;

  private Notebook(ObjectNode root) {
    this.root = root;
  }

  /**
   * Reads a notebook.
   *
   * @throws IOException if it cannot be read or is no notebook of Java cells
   */
  static Notebook read(Path file) throws IOException {
    JsonNode root;
    try {
      root = JSON.readTree(ConfigText.read(file));
    } catch (JsonProcessingException e) {
      throw new IOException(
          "%s: is no notebook, since it is no JSON: %s (line %d)"
              .formatted(file, e.getOriginalMessage(), e.getLocation().getLineNr()),
          e);
    }
    String language = root.path("metadata").path("kernelspec").path("language").asText();
    if (root.path("nbformat").asInt() != 4 || !"java".equals(language)) {
      throw new IOException(
          file + ": is no notebook of nbformat 4 whose kernel's language is java");
    }
    return new Notebook((ObjectNode) root);
  }

  /** The code cells, in order. */
  List<CodeCell> codeCells() {
    List<CodeCell> cells = new ArrayList<>();
    for (JsonNode cell : root.path("cells")) {
      if ("code".equals(cell.path("cell_type").asText())) {
        cells.add(new CodeCell((ObjectNode) cell));
      }
    }
    return cells;
  }

  /** Writes the notebook in Jupyter's layout. */
  void write(Path file) throws IOException {
    DefaultIndenter indenter = new DefaultIndenter(" ", "\n");
    DefaultPrettyPrinter layout =
        new DefaultPrettyPrinter(
            Separators.createDefaultInstance()
                .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
                .withObjectEmptySeparator("")
                .withArrayEmptySeparator(""));
    layout.indentArraysWith(indenter);
    layout.indentObjectsWith(indenter);
    Files.writeString(file, JSON.writer(layout).writeValueAsString(root) + "\n");
  }

  /** A code cell. */
  record CodeCell(ObjectNode json) {

    String source() {
      return text(json.path("source"));
    }

    /**
     * Replaces the cell's outputs: the printed text, then the value; a picture as PNG.
     *
     * @param count number of executed cells, including this one
     */
    void putOut(int count, CellResult result) throws IOException {
      json.put("execution_count", count);
      ArrayNode outputs = json.putArray("outputs");
      if (!result.printed().isEmpty()) {
        outputs
            .addObject()
            .put("name", "stdout")
            .put("output_type", "stream")
            .set("text", lines(result.printed()));
      }
      if (result.value().isPresent()) {
        ObjectNode output = outputs.addObject();
        output.set("data", data(result.value().get()));
        output.put("execution_count", count);
        output.putObject("metadata");
        output.put("output_type", "execute_result");
      }
    }

    private static ObjectNode data(Object value) throws IOException {
      ObjectNode data = JSON.createObjectNode();
      if (value instanceof BufferedImage image) {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        data.put("image/png", Base64.getEncoder().encodeToString(png.toByteArray()));
        String size = "a picture of %d×%d pixels".formatted(image.getWidth(), image.getHeight());
        data.set("text/plain", lines(size));
      } else {
        data.set("text/plain", lines(value.toString()));
      }
      return data;
    }

    /** A notebook stores text as an array of lines, each with its line break. */
    private static ArrayNode lines(String text) {
      ArrayNode lines = JSON.createArrayNode();
      for (String line : text.split("(?<=\n)", -1)) {
        if (!line.isEmpty()) {
          lines.add(line);
        }
      }
      return lines;
    }

    private static String text(JsonNode lines) {
      if (lines.isTextual()) {
        return lines.asText();
      }
      StringBuilder text = new StringBuilder();
      lines.forEach(line -> text.append(line.asText()));
      return text.toString();
    }
  }
}
