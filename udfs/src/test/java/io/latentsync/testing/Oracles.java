package io.latentsync.testing;

import io.latentsync.nn.Checkpoint;
import io.latentsync.nn.CheckpointException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Golden data of the reference, found under the system property {@code oracles.dir}. Where it is
 * absent the calling test is skipped with a message.
 */
public final class Oracles {
  private Oracles() {}

  /** The folder of all oracles; skips the test if there is none. */
  public static Path root() {
    Path root = Path.of(System.getProperty("oracles.dir", "../../shared/oracles"));
    Skip.unless(Files.isDirectory(root), "no oracles at " + root.toAbsolutePath());
    return root;
  }

  /** Every subfolder whose name starts so, in order; skips the test if there is none. */
  public static List<Path> folders(String prefix) {
    try (Stream<Path> entries = Files.list(root())) {
      List<Path> found =
          entries
              .filter(Files::isDirectory)
              .filter(path -> path.getFileName().toString().startsWith(prefix))
              .sorted()
              .toList();
      Skip.unless(!found.isEmpty(), "no oracle folder " + prefix + "* in " + root());
      return found;
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
