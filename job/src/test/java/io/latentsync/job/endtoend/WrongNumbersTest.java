package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.cli.DubCommand;
import io.latentsync.job.failure.ExitCode;
import io.latentsync.job.metrics.Stage;
import io.latentsync.job.testing.OtherProcess;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Simulates a machine that computes convolutions incorrectly, by an operator in the networks'
 * TorchScript.
 */
@Tag("slow")
final class WrongNumbersTest {
  private static final String OPERATORS = "torchscript/latentsync/ops.py";
  private static final String CONVOLUTION = "    result = torch.convolution(padded,";

  @TempDir Path folder;
  private List<String> command;

  @BeforeEach
  void inputs() throws IOException {
    NanoModels nano = new NanoModels(folder);
    command = new ArrayList<>(nano.options());
    command.add("--video_path=" + nano.video(16));
    command.add("--audio_path=" + nano.speech(0.5));
    command.add("--inference_steps=2");
    command.add("--temp_dir=" + Files.createDirectory(folder.resolve("staging")));
    command.add("--device=cpu");
  }

  /** Runs {@code dub} with an additional operator before each convolution. */
  private OtherProcess.Output dub(String before, String dtype, Path output) throws Exception {
    Path first = folder.resolve("operators of " + output.getFileName());
    Path file = first.resolve(OPERATORS);
    Files.createDirectories(file.getParent());
    try (InputStream in = getClass().getResourceAsStream("/" + OPERATORS)) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(text).containsOnlyOnce(CONVOLUTION);
      Files.writeString(file, text.replace(CONVOLUTION, before + CONVOLUTION));
    }
    List<String> arguments = new ArrayList<>(command);
    arguments.add("--dtype=" + dtype);
    arguments.add("--video_out_path=" + output);
    return OtherProcess.run(
        List.of(first), Map.of(), DubCommand.class, arguments.toArray(String[]::new));
  }

  @Test
  void aWrongElementTypeIsReplacedAndTheSummarySaysWhy() throws Exception {
    Path right = folder.resolve("right.mp4");
    Path replaced = folder.resolve("replaced.mp4");
    assertThat(dub("", "fp32", right).ofSuccess()).noneMatch(line -> line.startsWith("note "));

    List<String> lines =
        dub(
                "    if padded.dtype == 15:\n        padded = torch.mul(padded, 1.5)\n",
                "bf16",
                replaced)
            .ofSuccess();

    assertThat(lines)
        .filteredOn(line -> line.startsWith("note "))
        .singleElement()
        .asString()
        .matches(
            "note +UNet and VAE are computed in fp32, as .+ \\(family .+, model .+\\) computes \\d+ kinds of layers wrong; the first:"
                + " convolution \\d+×13×3×3, stride 1 in BFLOAT16 is off by 0\\.\\d+ of the largest"
                + " value \\(at most 0\\.040 is right\\)");
    assertThat(replaced).hasSameBinaryContentAs(right);
  }

  @Test
  void withoutACorrectElementTypeNoWorkStarts() throws Exception {
    Path output = folder.resolve("none.mp4");

    OtherProcess.Output printed = dub("    padded = torch.mul(padded, 1.5)\n", "bf16", output);

    assertThat(printed.code()).isEqualTo(ExitCode.FAILED.code());
    assertThat(printed.lines())
        .filteredOn(line -> line.startsWith("dub: "))
        .singleElement()
        .asString()
        .matches(
            "dub: .+ \\(family .+, model .+\\) computes wrong numbers: convolution \\d+×13×3×3, stride 1"
                + " in FLOAT32 is off by 0\\.\\d+ of the largest value \\(at most 0\\.0020 is right\\);"
                + " run on another machine or --device, or set ONEDNN_MAX_CPU_ISA=AVX2 in the"
                + " environment \\(slower on the CPU\\)");
    assertThat(printed.lines()).noneMatch(line -> line.startsWith(Stage.ANALYSE.label()));
    assertThat(output).doesNotExist();
  }
}
