package io.latentsync.job.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs {@code deploy/bench/gpu} with small networks on the CPU, if there is PyTorch. */
@Tag("slow")
final class GpuBenchTest {
  private static final Path SCRIPT =
      Path.of(System.getProperty("deploy.dir", "../deploy")).resolve("bench/gpu");

  @TempDir private Path folder;

  private static int python(String... arguments) throws IOException, InterruptedException {
    String[] command = new String[arguments.length + 1];
    command[0] = "python3";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  private static boolean hasPyTorch() throws InterruptedException {
    try {
      return python("-c", "import torch") == 0;
    } catch (IOException noPython) {
      return false;
    }
  }

  @Test
  void theNetworksAreLoadedComparedAndTimed() throws Exception {
    assumeTrue(hasPyTorch(), "skipped: python3 has no PyTorch");
    Path file = folder.resolve("gpu.json");
    assertThat(python(SCRIPT.toString(), file.toString(), "--small", "--device=cpu", "--repeat=1"))
        .isZero();
    JsonNode result = new ObjectMapper().readTree(file.toFile());
    for (JsonNode network : new JsonNode[] {result.at("/unet/64"), result.at("/vae/64")}) {
      JsonNode difference = network.get("difference");
      assertThat(difference.get("finite").asBoolean()).isTrue();
      assertThat(difference.get("largest_difference").asDouble()).isPositive();
      assertThat(difference.get("layers")).hasSizeGreaterThan(20);
    }
    assertThat(result.at("/unet/64/1 chunks/ms").asDouble()).isPositive();
    assertThat(result.at("/unet/64/2 chunks/tflop").asDouble())
        .isEqualTo(2 * result.at("/unet/64/1 chunks/tflop").asDouble());
    assertThat(result.at("/vae/64/decode 2/ms").asDouble()).isPositive();
  }
}
