package io.latentsync.nn.networks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConfigTextTest {
  @TempDir Path folder;

  @Test
  void aByteOrderMarkIsRemoved() throws IOException {
    Path file = Files.writeString(folder.resolve("a.yaml"), "\ufeffa: ü");
    assertThat(ConfigText.read(file)).isEqualTo("a: ü");
  }

  @Test
  void aFileInAnotherEncodingIsRefusedWithItsName() throws IOException {
    Path file = Files.write(folder.resolve("a.yaml"), "a: ü".getBytes(StandardCharsets.ISO_8859_1));
    assertThatIOException()
        .isThrownBy(() -> ConfigText.read(file))
        .withMessage(file + ": is not text in UTF-8; save the file in that encoding");
  }
}
