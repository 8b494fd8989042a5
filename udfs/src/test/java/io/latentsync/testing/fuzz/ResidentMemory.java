package io.latentsync.testing.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How far this process's memory grows for a while. Known on Linux; 0 elsewhere. */
record ResidentMemory(long before) {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path RESET = Path.of("/proc/self/clear_refs");

  /** Forgets the largest size so far. */
  static ResidentMemory mark() throws IOException {
    if (Files.isWritable(RESET)) {
      Files.writeString(RESET, "5");
    }
    return new ResidentMemory(read("VmRSS:"));
  }

  /** Bytes by which the memory was larger, at most, than when it was marked. */
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
