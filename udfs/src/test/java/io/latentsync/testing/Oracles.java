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
 * Large golden data of the reference implementation, in the folder of the system property {@code
 * oracles.dir}. Without it, the calling test is skipped with a message. {@link GoldenData} is the
 * part in the repository.
 */
public final class Oracles {
  private Oracles() {}

  private static Path configured() {
    return Path.of(System.getProperty("oracles.dir", "../../shared/oracles"));
  }

  /** The folder of all golden data; skips the test if it does not exist. */
  public static Path root() {
    Path root = configured();
    Skip.unless(Files.isDirectory(root), "no oracles at " + root.toAbsolutePath());
    return root;
  }

  /** All subfolders with a name prefix, in order; skips the test if there is none. */
  public static List<Path> folders(String prefix) {
    List<Path> found = list(root(), prefix);
    Skip.unless(!found.isEmpty(), "no oracle folder " + prefix + "* in " + root());
    return found;
  }

  /**
   * All subfolders with a name prefix, for a test that also has its own data; empty if there are no
   * golden data.
   */
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
