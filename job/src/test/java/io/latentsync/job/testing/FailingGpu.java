package io.latentsync.job.testing;

import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.takesArguments;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.asm.Advice;

/**
 * A Java agent that simulates a GPU failure in the first of several processes: each synthesis of
 * faces throws libtorch's exception.
 */
public final class FailingGpu {
  /** The message of libtorch. */
  public static final String FAULT = "CUDA error: an illegal memory access was encountered";

  private static final String MARKER = "failing.gpu.marker";

  private FailingGpu() {}

  /**
   * Writes the agent.
   *
   * @param jar file to write
   * @param marker file that the failing process creates; the other processes work
   * @return the JVM option
   */
  public static String option(Path jar, Path marker) throws IOException {
    Manifest manifest = new Manifest();
    Attributes attributes = manifest.getMainAttributes();
    attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    attributes.putValue("Premain-Class", FailingGpu.class.getName());
    attributes.put(
        Attributes.Name.CLASS_PATH,
        AgentBuilder.class.getProtectionDomain().getCodeSource().getLocation().toString());
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream archive = new JarOutputStream(file, manifest)) {
      for (Class<?> type : List.of(FailingGpu.class, Fault.class)) {
        String name = type.getName().replace('.', '/') + ".class";
        archive.putNextEntry(new JarEntry(name));
        try (InputStream code = type.getClassLoader().getResourceAsStream(name)) {
          code.transferTo(archive);
        }
      }
    }
    return "-javaagent:%s=%s".formatted(jar, marker);
  }

  /** Called by the JVM before the program begins. */
  public static void premain(String marker, Instrumentation instrumentation) {
    System.setProperty(MARKER, marker);
    new AgentBuilder.Default()
        .type(named("io.latentsync.model.render.OomBatchSplitter"))
        .transform(
            (builder, type, loader, module, domain) ->
                builder.visit(Advice.to(Fault.class).on(named("faces").and(takesArguments(2)))))
        .installOn(instrumentation);
  }

  /** Its code is copied to the beginning of the method. */
  static final class Fault {
    private Fault() {}

    @Advice.OnMethodEnter
    static void enter() throws IOException {
      File marker = new File(System.getProperty("failing.gpu.marker"));
      String pid = String.valueOf(ProcessHandle.current().pid());
      if (marker.createNewFile()) {
        Files.writeString(marker.toPath(), pid);
      }
      if (Files.readString(marker.toPath()).equals(pid)) {
        // Only a class of Java itself is known to the loader of the agent.
        throw new IllegalStateException(
            "CUDA error: an illegal memory access was encountered\n"
                + "CUDA kernel errors might be asynchronously reported");
      }
    }
  }
}
