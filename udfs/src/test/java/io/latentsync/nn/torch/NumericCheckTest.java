package io.latentsync.nn.torch;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.latentsync.nn.networks.AutoencoderKlConfig;
import io.latentsync.nn.networks.SyncNetConfig;
import io.latentsync.nn.networks.UNet3dConfig;
import io.latentsync.nn.networks.WhisperConfig;
import io.latentsync.nn.torch.LayerKind.Operator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Correct and incorrect layers of the published sizes. */
@Tag("slow")
final class NumericCheckTest {
  private static final AutoencoderKlConfig VAE =
      new AutoencoderKlConfig(3, 3, 4, List.of(128, 256, 512, 512), 2, 32, true, true, true);
  private static final SyncNetConfig SYNC_NET =
      new SyncNetConfig(
          List.of(64, 192, 384, 256, 256, 512),
          List.of(96, 256, 512, 512, 512, 512),
          512,
          512,
          1024);

  private static UNet3dConfig unet() throws IOException {
    Path yaml = Path.of(System.getProperty("conf.dir", "../conf"), "unet/stage2.yaml");
    return UNet3dConfig.parse(new YAMLMapper().readTree(yaml.toFile()).get("model"));
  }

  private static Set<LayerKind> ofAllOperators() {
    return Stream.of(
            new LayerKind[] {
              LayerKind.convolution(1, 20, 13, 3, 3),
              LayerKind.convolution(2, 7, 80, 3),
              LayerKind.convolution(2, 16, 3, 5, 7, 7),
              LayerKind.linear(70, 24, true),
              LayerKind.linear(24, 70, false),
              LayerKind.of(Operator.GROUP_NORM, 24, 8),
              LayerKind.of(Operator.LAYER_NORM, 24),
              LayerKind.of(Operator.BATCH_NORM, 24),
              LayerKind.of(Operator.ATTENTION, 24, 4),
              LayerKind.of(Operator.UPSAMPLING, 24, 4),
              LayerKind.of(Operator.UPSAMPLING, 24, 5)
            })
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /** The networks' TorchScript with one replacement. */
  private static NumericCheck withOperator(String right, String wrong) {
    return new NumericCheck(
        file -> {
          String text = new String(TorchProgram.text(file), StandardCharsets.UTF_8);
          if (file.equals("latentsync/ops.py")) {
            assertThat(text).contains(right);
            text = text.replace(right, wrong);
          }
          return text.getBytes(StandardCharsets.UTF_8);
        });
  }

  @Test
  void attentionInPartsEqualsAttentionInOneCall() throws IOException {
    Set<LayerKind> attention = Set.of(LayerKind.of(Operator.ATTENTION, 24, 4));
    NumericCheck inParts = withOperator("limit = 65535", "limit = 1");
    assertThat(inParts.accuracies(attention, Device.cpu(), DataType.FLOAT32))
        .allMatch(LayerAccuracy::passes);
    NumericCheck overlapping =
        withOperator("limit = 65535\n", "limit = 1\n    q = torch.mul(q, 2)\n");
    assertThat(overlapping.accuracies(attention, Device.cpu(), DataType.FLOAT32))
        .noneMatch(LayerAccuracy::passes);
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT16", "BFLOAT16"})
  void layersOfThePublishedSizesAreRight(DataType type) throws IOException {
    for (Set<LayerKind> kinds :
        List.of(
            unet().kinds(),
            VAE.kinds(),
            new WhisperConfig(80, 1500, 384, 6, 4).kinds(),
            SYNC_NET.kinds())) {
      List<LayerAccuracy> all = NumericCheck.of(kinds, Device.cpu(), type);
      assertThat(all).extracting(LayerAccuracy::kind).containsExactlyElementsOf(kinds);
      assertThat(all).allMatch(LayerAccuracy::passes);
      // Inputs, weights and outputs are rounded, so an error of 0 would mean that nothing was
      // compared.
      assertThat(all)
          .filteredOn(layer -> layer.kind().operator() != Operator.UPSAMPLING)
          .allMatch(layer -> layer.error() > 0);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          CONVOLUTION | torch.convolution(padded,          | torch.convolution(torch.mul(padded, 1.1),
          CONVOLUTION | torch.convolution(padded,          | torch.convolution(torch.div(padded, 0.),
          LINEAR      | torch.linear(x,                    | torch.linear(torch.mul(x, 1.1),
          GROUP_NORM  | torch.group_norm(x,                | torch.group_norm(torch.add(x, torch.mul(x, x)),
          LAYER_NORM  | torch.layer_norm(x,                | torch.layer_norm(torch.add(x, torch.mul(x, x)),
          BATCH_NORM  | torch.batch_norm(x,                | torch.batch_norm(torch.mul(x, 1.1),
          ATTENTION   | torch.slice(q, 0, first, last)     | torch.slice(torch.mul(q, 2.), 0, first, last)
          UPSAMPLING  | torch.upsample_nearest3d(x,        | torch.upsample_nearest3d(torch.mul(x, 1.1),
          """)
  void wrongOperatorIsFound(Operator operator, String right, String wrong) {
    NumericCheck check = withOperator(right, wrong);
    for (DataType type : List.of(DataType.FLOAT32, DataType.BFLOAT16)) {
      List<LayerAccuracy> wrongOnes =
          check.accuracies(ofAllOperators(), Device.cpu(), type).stream()
              .filter(layer -> !layer.passes())
              .toList();
      assertThat(wrongOnes).isNotEmpty().allMatch(layer -> layer.kind().operator() == operator);
    }
  }

  @Test
  void everyOperatorOfUnusualSizesIsRight() {
    for (DataType type : List.of(DataType.FLOAT32, DataType.FLOAT16, DataType.BFLOAT16)) {
      assertThat(NumericCheck.of(ofAllOperators(), Device.cpu(), type))
          .allMatch(LayerAccuracy::passes);
    }
  }

  @Test
  void incorrectLayerIsNamed() {
    LayerKind kind = LayerKind.convolution(2, 4, 320, 3, 3);
    assertThat(new LayerAccuracy(kind, Device.cpu(), DataType.BFLOAT16, 0.43))
        .hasToString(
            "convolution 4×320×3×3, stride 2 in BFLOAT16 is off by 0.43 of the largest value (at"
                + " most 0.040 is right)");
    assertThat(new LayerAccuracy(kind, Device.cpu(), DataType.FLOAT32, Double.NaN).passes())
        .isFalse();
  }
}
