package io.latentsync.testing;

import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.CheckpointException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Large golden data of the reference, found under the system property {@code oracles.dir}. Where it
 * is absent the calling test is skipped with a message; what every clone has is {@link GoldenData}.
 */
public final class Oracles {
  private Oracles() {}

  private static Path configured() {
    return Path.of(System.getProperty("oracles.dir", "../../shared/oracles"));
  }

  /** The folder of all oracles; skips the test if there is none. */
  public static Path root() {
    Path root = configured();
    Skip.unless(Files.isDirectory(root), "no oracles at " + root.toAbsolutePath());
    return root;
  }

  /** Every subfolder whose name starts so, in order; skips the test if there is none. */
  public static List<Path> folders(String prefix) {
    List<Path> found = list(root(), prefix);
    Skip.unless(!found.isEmpty(), "no oracle folder " + prefix + "* in " + root());
    return found;
  }

  /** The same for a test that has data of its own too: none if there are no oracles. */
  public static List<Path> foldersIfAny(String prefix) {
    Path root = configured();
    return Files.isDirectory(root) ? list(root, prefix) : List.of();
  }

  private static List<Path> list(Path root, String prefix) {
    try (Stream<Path> entries = Files.list(root)) {
      return entries
          .filter(Files::isDirectory)
          .filter(path -> path.getFileName().toString().startsWith(prefix))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All values of a FLOAT32 tensor, in row-major order. */
  public static float[] floats(Checkpoint oracle, String name) throws CheckpointException {
    FloatBuffer buffer = oracle.data(name).asFloatBuffer();
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    return values;
  }

  /** All values of a UINT8 tensor, in row-major order. */
  public static byte[] bytes(Checkpoint oracle, String name) throws CheckpointException {
    ByteBuffer buffer = oracle.data(name);
    byte[] values = new byte[buffer.remaining()];
    buffer.get(values);
    return values;
  }
}
