package io.latentsync.model.bundle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.latentsync.diffusion.SchedulerConfig;
import io.latentsync.nn.networks.AutoencoderKlConfig;
import io.latentsync.testing.GoldenData;
import io.latentsync.testing.fuzz.ByteMutation;
import io.latentsync.testing.fuzz.FuzzCase;
import io.latentsync.testing.fuzz.Fuzzer;
import io.latentsync.testing.fuzz.JsonMutation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Configurations with extreme numbers, wrong types, deep nesting, and special features of yaml. */
@Tag("fuzz")
final class ConfigFuzzTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SCHEDULER = "scheduler_config.json";
  private static final String VAE = "config.json";
  private static final String UNET = "unet.yaml";

  @TempDir Path folder;
  private String yaml;
  private JsonNode unet;
  private JsonNode vae;
  private JsonNode scheduler;

  @BeforeEach
  void readWholeOnes() throws IOException {
    yaml = Files.readString(Path.of(System.getProperty("conf.dir")).resolve("unet/stage2.yaml"));
    unet = new YAMLMapper().readTree(yaml);
    vae = JSON.readTree(new GoldenData(folder).vae().resolve(VAE).toFile());
    scheduler =
        JSON.readTree(
            "{\"beta_start\":0.00085,\"beta_end\":0.012,\"beta_schedule\":\"scaled_linear\","
                + "\"num_train_timesteps\":1000,\"steps_offset\":1,\"set_alpha_to_one\":false,"
                + "\"clip_sample\":false,\"prediction_type\":\"epsilon\","
                + "\"timestep_spacing\":\"leading\"}");
  }

  @Test
  void configurationsAreReadOrRefused() throws Exception {
    Path work = Files.createDirectory(folder.resolve("work"));
    new Fuzzer("configurations", work, Fuzzer.ONE_LINE).run(this::next, ConfigFuzzTest::read);
  }

  private static boolean read(Path file) throws IOException {
    switch (file.getFileName().toString()) {
      case VAE -> {
        AutoencoderKlConfig config = Models.vaeConfig(file.getParent());
        config.tensors();
        config.kinds();
      }
      case SCHEDULER -> SchedulerConfig.read(file).alphasCumprod();
      default -> {
        ModelConfig config = ModelConfig.read(file);
        config.unet().tensors();
        config.unet().kinds();
      }
    }
    return true;
  }

  private FuzzCase next(RandomGenerator random) {
    return switch (random.nextInt(6)) {
      case 0, 1 -> text("unet: values", UNET, JsonMutation.any(random, unet));
      case 2 -> text("unet: yaml lines", UNET, lines(random));
      case 3 -> new FuzzCase("unet: bytes", UNET, ByteMutation.any(random, bytes(yaml)));
      case 4 -> text("vae: values", VAE, JsonMutation.any(random, vae));
      default -> text("scheduler: values", SCHEDULER, JsonMutation.any(random, scheduler));
    };
  }

  private static FuzzCase text(String kind, String file, String text) {
    return new FuzzCase(kind, file, bytes(text));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * The yaml with lines that are removed, doubled, moved, indented differently, or replaced by
   * special ones.
   */
  private String lines(RandomGenerator random) {
    List<String> lines = new ArrayList<>(yaml.lines().toList());
    for (int i = random.nextInt(1, 5); i > 0; i--) {
      int at = random.nextInt(lines.size());
      String line = lines.get(at);
      String indent = line.substring(0, line.length() - line.stripLeading().length());
      String name = line.strip().replaceFirst(":.*", "");
      switch (random.nextInt(9)) {
        case 0 -> lines.remove(at);
        case 1 -> lines.add(at, line);
        case 2 -> Collections.swap(lines, at, random.nextInt(lines.size()));
        case 3 -> lines.set(at, " ".repeat(random.nextInt(9)) + line.strip());
        case 4 -> lines.set(at, "\t" + line);
        case 5 -> lines.set(at, indent + name + ": " + special(random));
        case 6 -> lines.add(at, indent + "x: " + special(random));
        case 7 -> lines.add(at, special(random));
        default -> lines.set(at, indent + name + ": " + ByteMutation.extreme(random));
      }
    }
    return String.join("\n", lines);
  }

  private static String special(RandomGenerator random) {
    return switch (random.nextInt(11)) {
      case 0 -> "&a [*a, *a]";
      case 1 -> "*a";
      case 2 -> "!!java.net.URL [\"http://localhost/\"]";
      case 3 -> "!!binary AAAA";
      case 4 -> {
        int depth = random.nextInt(1, 5000);
        yield "[".repeat(depth) + "]".repeat(depth);
      }
      case 5 -> "- ".repeat(random.nextInt(1, 5000)) + "1";
      case 6 -> "---\nx: 1\n...";
      case 7 -> ".inf";
      case 8 -> "? {a: 1}";
      case 9 -> "0x7fffffffffffffffffffff";
      default -> "<<: {a: &b [1, 2], c: [*b, *b]}";
    };
  }
}
