package io.latentsync.testing.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The peak growth of this process's resident memory since a mark. 0 on other systems than Linux.
 */
record ResidentMemory(long before) {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path RESET = Path.of("/proc/self/clear_refs");

  /** Resets the peak. */
  static ResidentMemory mark() throws IOException {
    if (Files.isWritable(RESET)) {
      Files.writeString(RESET, "5");
    }
    return new ResidentMemory(read("VmRSS:"));
  }

  /** Peak growth since the mark, in bytes. */
  long grown() throws IOException {
    return read("VmHWM:") - before;
  }

  private static long read(String field) throws IOException {
    if (!Files.isWritable(RESET)) {
      return 0;
    }
    return Files.readAllLines(STATUS).stream()
        .filter(line -> line.startsWith(field))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
        .findFirst()
        .orElse(0);
  }
}
