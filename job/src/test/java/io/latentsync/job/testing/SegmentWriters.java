package io.latentsync.job.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Recognises executors in the middle of a segment, from outside. */
final class SegmentWriters {
  /** A video in a scratch folder; the names of staged segments have leading zeros. */
  private static final Pattern SEGMENT = Pattern.compile(".*/segment-(0|[1-9]\\d*)\\.mp4");

  private SegmentWriters() {}

  /** Whether a process is writing the pictures of a segment at this moment. */
  static boolean isRendering(ProcessHandle process) {
    Path descriptors = Path.of("/proc", String.valueOf(process.pid()), "fd");
    try (Stream<Path> open = Files.list(descriptors)) {
      return open.anyMatch(descriptor -> SEGMENT.matcher(target(descriptor)).matches());
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
