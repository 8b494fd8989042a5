package io.latentsync.job.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Recognises executors in the middle of a segment, from outside. */
final class SegmentWriters {
  private SegmentWriters() {}

  /** Whether a process is writing the pictures of a segment at this moment. */
  static boolean isRendering(ProcessHandle process) {
    Path descriptors = Path.of("/proc", String.valueOf(process.pid()), "fd");
    try (Stream<Path> open = Files.list(descriptors)) {
      return open.anyMatch(descriptor -> target(descriptor).endsWith("/segment.mp4"));
    } catch (IOException | UncheckedIOException e) {
      return false; // It has ended meanwhile.
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return ""; // It has been closed meanwhile.
    }
  }
}
