package io.latentsync.testing;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Assumptions;

/**
 * The ffmpeg and ffprobe programs of FFmpeg's package. They make the test files and give
 * independent expected values for reading and writing. If they do not run on a machine, the calling
 * test is skipped with a message.
 */
public final class FfmpegProgram {
  private FfmpegProgram() {}

  /** Runs ffmpeg with these arguments; returns its standard output. */
  public static byte[] ffmpeg(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(program("ffmpeg"));
    command.addAll(List.of("-hide_banner", "-nostdin", "-v", "error", "-y"));
    command.addAll(List.of(arguments));
    return run(command);
  }

  /** Runs ffprobe with these arguments; returns its output. */
  public static String ffprobe(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(program("ffprobe"));
    command.addAll(List.of("-v", "error"));
    command.addAll(List.of(arguments));
    return new String(run(command), StandardCharsets.UTF_8).strip();
  }

  /**
   * The program's path, unpacked together with its libraries. (JavaCPP's own Loader.load would load
   * libavdevice into this JVM first, which needs PulseAudio.)
   */
  private static String program(String name) {
    try {
      for (String licence : new String[] {"-gpl", ""}) {
        String folder = "/org/bytedeco/ffmpeg/" + Loader.getPlatform() + licence;
        if (avcodec.class.getResource(folder + "/" + name) != null) {
          Loader.cacheResources(avcodec.class, folder);
          File program = Loader.cacheResource(avcodec.class, folder + "/" + name);
          if (!program.canExecute() && !program.setExecutable(true)) {
            throw new IOException(program + " cannot be made executable");
          }
          return program.getPath();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Assumptions.abort("skipped: no " + name + " program for " + Loader.getPlatform());
  }

  private static byte[] run(List<String> command) {
    try {
      Path errors = Files.createTempFile("ffmpeg", ".log");
      try {
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
        builder.environment().put("LD_LIBRARY_PATH", libraries(Path.of(command.get(0))));
        Process process = builder.start();
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        try (InputStream from = process.getInputStream()) {
          from.transferTo(output);
        }
        int status = process.waitFor();
        String messages = Files.readString(errors);
        Skip.unless(status != 127, "the ffmpeg program does not run here: " + messages);
        Skip.unless(
            !messages.contains("Unknown encoder") && !messages.contains("Unrecognized option"),
            "this build's ffmpeg lacks an encoder (LGPL?)");
        if (status != 0) {
          throw new IllegalStateException(
              "%s ended with %d: %s".formatted(command, status, messages));
        }
        return output.toByteArray();
      } finally {
        Files.delete(errors);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /**
   * The library path: the program's folder and, for machines without PulseAudio, a substitute for
   * its library. The program is linked against that library but calls it only to record or play
   * sound, so any library satisfies the loader.
   */
  private static String libraries(Path program) throws IOException {
    Path folder = program.toAbsolutePath().getParent();
    Path standIn = folder.resolve("no-sound");
    Path link = standIn.resolve("libpulse.so.0");
    if (!pulseAudioInstalled() && Files.exists(folder.resolve("libva-drm.so.2"))) {
      Files.createDirectories(standIn);
      if (!Files.exists(link)) {
        Files.createSymbolicLink(link, folder.resolve("libva-drm.so.2"));
      }
      return folder + ":" + standIn;
    }
    return folder.toString();
  }

  private static boolean pulseAudioInstalled() throws IOException {
    for (String root : new String[] {"/usr/lib", "/usr/lib64", "/lib"}) {
      if (!Files.isDirectory(Path.of(root))) {
        continue;
      }
      try (Stream<Path> found =
          Files.find(Path.of(root), 2, (path, attributes) -> path.endsWith("libpulse.so.0"))) {
        if (found.findAny().isPresent()) {
          return true;
        }
      }
    }
    return false;
  }
}
