package io.latentsync.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchedulerConfigTest {
  @TempDir Path folder;

  @Test
  void theShippedFileEqualsTheDefault() throws IOException {
    Path shipped = Path.of(System.getProperty("conf.dir", "../conf"), "scheduler_config.json");
    assertThat(SchedulerConfig.read(shipped)).isEqualTo(SchedulerConfig.STABLE_DIFFUSION);
  }

  @ParameterizedTest
  @CsvSource({
    "beta_schedule, '\"cosine\"'",
    "beta_end, 0.0001",
    "beta_end, 1.5",
    "beta_start, null",
    "clip_sample, true",
    "num_train_timesteps, 0",
    "steps_offset, 7",
    "prediction_type, '\"score\"'",
    "timestep_spacing, '\"trailing\"'"
  })
  void unsupportedScheduleIsRefusedWithItsKey(String key, String value) throws IOException {
    Path file = folder.resolve("scheduler_config.json");
    String rest =
        "\"beta_start\": 0.00085, \"beta_end\": 0.012, \"beta_schedule\": \"scaled_linear\","
            + " \"num_train_timesteps\": 1000, \"steps_offset\": 1, \"set_alpha_to_one\": false,"
            + " \"clip_sample\": false";
    // If a key occurs twice, the parser uses the second value.
    Files.writeString(file, "{" + rest + ", \"" + key + "\": " + value + "}");
    assertThatIOException()
        .isThrownBy(() -> SchedulerConfig.read(file))
        .withMessageContaining(file.toString())
        .withMessageContaining(key);
  }

  @Test
  void aLongPredictionTypeIsTruncatedInTheMessage() throws IOException {
    String text = "{\"prediction_type\": \"%s\"}".formatted("x".repeat(20_000));
    Path file = Files.writeString(folder.resolve("long.json"), text);
    assertThatIOException()
        .isThrownBy(() -> SchedulerConfig.read(file))
        .withMessageStartingWith(
            file + " is not a usable scheduler config: prediction_type is " + "x".repeat(99) + "…x")
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(600));
  }

  @Test
  void missingKeyIsNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("short.json"), "{\"beta_start\": 0.00085}");
    assertThatIOException()
        .isThrownBy(() -> SchedulerConfig.read(file))
        .withMessageContaining("short.json")
        .withMessageContaining("beta_end");
  }

  @Test
  void fileThatIsNotJsonIsNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("broken.json"), "{\"beta_start\": 0.0");
    assertThatIOException()
        .isThrownBy(() -> SchedulerConfig.read(file))
        .withMessageContaining("broken.json");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"beta_start\": \"\\u001b[2J\"} | beta_start must be a number",
        "{\"beta_start\": 1, \"beta_end\": 1, \"beta_schedule\": [1]} | beta_schedule must be a string",
        "{\"num_train_timesteps\": {}} | num_train_timesteps must be a whole number",
        "{\"clip_sample\": []} | clip_sample must be true or false",
        "[1] | it must be a value of another type"
      })
  void valuesOfOtherTypesAreRefusedWithoutJavaTypes(String text, String problem)
      throws IOException {
    Path file = Files.writeString(folder.resolve("types.json"), text);
    assertThatIOException()
        .isThrownBy(() -> SchedulerConfig.read(file))
        .withMessage(file + " is not a usable scheduler config: " + problem);
  }
}
