package io.latentsync.job.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/**
 * A Java agent that makes a process run out of native memory: before the first synthesis, it limits
 * the growth of the address space (RLIMIT_AS), so larger allocations fail.
 */
public final class LittleMemory implements ClassFileTransformer {
  /** The class that is loaded when networks, video and encoder are open. */
  private static final String LAST_CLASS = "io/latentsync/model/render/OomBatchSplitter";

  private final long headroom;

  private LittleMemory(long headroom) {
    this.headroom = headroom;
  }

  /**
   * Writes the agent.
   *
   * @param jar file to write
   * @param mebibytes allowed growth in MiB
   * @return the JVM option
   */
  public static String option(Path jar, int mebibytes) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Premain-Class", LittleMemory.class.getName());
    String name = LittleMemory.class.getName().replace('.', '/') + ".class";
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream archive = new JarOutputStream(file, manifest);
        InputStream code = LittleMemory.class.getClassLoader().getResourceAsStream(name)) {
      archive.putNextEntry(new JarEntry(name));
      code.transferTo(archive);
    }
    return "-javaagent:" + jar + "=" + mebibytes;
  }

  /** Called by the JVM before the program begins. */
  public static void premain(String mebibytes, Instrumentation instrumentation) {
    instrumentation.addTransformer(new LittleMemory(Long.parseLong(mebibytes) << 20));
  }

  @Override
  public byte[] transform(
      ClassLoader loader, String name, Class<?> before, ProtectionDomain domain, byte[] code) {
    if (LAST_CLASS.equals(name)) {
      limit();
    }
    return null; // Leaves the class as it is.
  }

  private void limit() {
    try {
      long size =
          Files.readAllLines(Path.of("/proc/self/status")).stream()
              .filter(line -> line.startsWith("VmSize:"))
              .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
              .findFirst()
              .orElseThrow();
      Process prlimit =
          new ProcessBuilder(
                  "prlimit",
                  "--pid",
                  String.valueOf(ProcessHandle.current().pid()),
                  "--as=" + (size + headroom))
              .redirectErrorStream(true)
              .start();
      String output = new String(prlimit.getInputStream().readAllBytes(), UTF_8);
      if (prlimit.waitFor() != 0) {
        throw new IOException(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
