package io.latentsync.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.zip.GZIPInputStream;

/** Malicious inputs in the folder of the system property {@code cases.dir}. */
public final class HostileCases {
  private HostileCases() {}

  /**
   * An unpacked copy of an input; skips the test with a message if it does not exist.
   *
   * @param name name of the unpacked file
   * @param folder where the copy is put
   */
  public static Path copy(String name, Path folder) {
    Path cases = Path.of(System.getProperty("cases.dir", "../../shared/cases")).resolve("hostile");
    Skip.unless(Files.isDirectory(cases), "no hostile inputs at " + cases.toAbsolutePath());
    Path packed = cases.resolve(name + ".gz");
    try (InputStream in =
        Files.exists(packed)
            ? new GZIPInputStream(Files.newInputStream(packed))
            : Files.newInputStream(cases.resolve(name))) {
      Files.copy(in, folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
      return folder.resolve(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
