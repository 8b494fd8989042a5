package io.latentsync.job.edit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.latentsync.job.failure.FailureReason;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.storage.Location;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/** A JSON file with an edit. */
public final class EditFile {
  private static final int MOST_BYTES = 4 << 20;
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  private EditFile() {}

  /**
   * Reads a file.
   *
   * @param speech the request's speech, which speakers without a speech of their own follow
   * @throws InvalidInputException with a line for each problem
   */
  public static Edit read(Location file, Optional<Location> speech, Configuration configuration)
      throws InvalidInputException {
    String place = "--edit " + file;
    JsonNode node;
    try (InputStream in = file.fileSystem(configuration).open(file.hadoopPath())) {
      byte[] bytes = in.readNBytes(MOST_BYTES + 1);
      if (bytes.length > MOST_BYTES) {
        throw new InvalidInputException(place + ": has more than 4 MiB, which no edit has");
      }
      node = parse(place, bytes);
    } catch (InvalidInputException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new InvalidInputException(
          "%s: cannot be read: %s".formatted(place, FailureReason.withoutFile(e)), e);
    }
    List<String> problems = new ArrayList<>();
    Optional<Edit> edit = EditReader.read(place, node, file.parent(), speech, problems::add);
    if (edit.isEmpty()) {
      throw InvalidInputException.ofLines(problems);
    }
    return edit.get();
  }

  private static JsonNode parse(String place, byte[] bytes) throws IOException {
    try {
      return JSON.readTree(bytes);
    } catch (JsonProcessingException e) {
      String line =
          e.getLocation() == null ? "" : " line %d".formatted(e.getLocation().getLineNr());
      throw new InvalidInputException(
          "%s%s: is no JSON, but must be an object such as {\"speakers\": […]}"
              .formatted(place, line),
          e);
    }
  }
}
