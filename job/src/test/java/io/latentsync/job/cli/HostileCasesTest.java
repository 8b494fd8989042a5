package io.latentsync.job.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.face.blend.Mask;
import io.latentsync.job.testing.CommandOutput;
import io.latentsync.testing.HostileCases;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Media files and manifests that once crashed the process, exhausted its memory or never ended. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class HostileCasesTest {
  @TempDir Path folder;

  private void assertRefused(CommandOutput output, String name, String reason) {
    assertThat(output.code()).isEqualTo(2);
    assertThat(output.errors()).hasSize(1);
    assertThat(output.errors().get(0)).contains(name, reason).doesNotContain("Exception");
    assertThat(output.out()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "c_self_as.mp4, is a playlist or list of other files (concat)",
    "c_near_dur_as.mp4, is a playlist or list of other files (concat)",
    "k_jump1e8s.mkv, 'lasts 27777.8 h by its time stamps, but a file of 26267 bytes may last 1.7 h at most'",
    "p_fifo.m3u8, is a playlist or list of other files (hls)",
    "p_live.m3u8, is a playlist or list of other files (hls)",
    "p_live_empty.m3u8, is a playlist or list of other files (hls)"
  })
  void aVideoIsRefused(String name, String reason) {
    String file = HostileCases.copy(name, folder).toString();
    String speech = new NanoModels(folder).speech(1).toString();
    assertRefused(
        CommandOutput.of("probe", new ProbeCommand(), file, speech), "VIDEO " + file, reason);
    assertRefused(
        CommandOutput.of("eval", new EvalCommand(), file, speech), "VIDEO " + file, reason);
  }

  @ParameterizedTest
  @CsvSource({
    "a_empty_records.avro, it has more than 100000 rows",
    "a_enum.avro, id must be a string or a number",
    "a_notrecord.avro, its rows must be records",
    "a_null_array.avro, id must be a string or a number",
    "a_recursive_deep.avro, n must be a string or a number",
    "latin1.csv, line 2: is not text in UTF-8",
    "ernd.csv, line 1: is not text in UTF-8"
  })
  void aManifestIsRefused(String name, String reason) {
    String file = HostileCases.copy(name, folder).toString();
    assertRefused(
        CommandOutput.of("dub", new DubCommand(), "--manifest", file),
        "--manifest " + file,
        reason);
  }

  /** Its texts contain line breaks, escape sequences and direction marks, or are very long. */
  @Test
  void lineBreaksInAManifestAreShownAsNumbers() {
    String file = HostileCases.copy("b.jsonl", folder).toString();
    CommandOutput output = CommandOutput.of("dub", new DubCommand(), "--manifest", file);
    assertThat(output.code()).isEqualTo(2);
    assertThat(output.errors())
        .allSatisfy(
            line ->
                assertThat(line)
                    .startsWith("dub: b.jsonl line ")
                    .hasSizeLessThan(1000)
                    .matches("[^\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]*"))
        .anySatisfy(line -> assertThat(line).contains("no such file"));
  }

  @Test
  void aMaskIsRefusedByItsHeader() throws IOException {
    Path file = HostileCases.copy("mask_b_png30k.png", folder);
    assertThatThrownBy(() -> Mask.of(file, 256))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has 30000×30000 pixels, but a mask may have 67108864 at most");
  }
}
