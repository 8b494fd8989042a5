package io.latentsync.testing;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import com.sun.jna.Structure;

/**
 * Memory that native code holds, as glibc's allocator counts it. libtorch and FFmpeg allocate
 * there. The resident memory of the process is no measure, because it also varies with the Java
 * heap, its bookkeeping and pages of mapped files.
 */
public final class NativeMemory {
  private NativeMemory() {}

  /**
   * Bytes that are allocated and not freed, in all threads. Skips the test where the system has
   * another C library than glibc 2.33 or later.
   */
  public static long allocated() {
    Allocations allocations = allocations();
    Skip.unless(allocations != null, "native memory is counted only with glibc 2.33 or later");
    return allocations.uordblks + allocations.hblkhd;
  }

  private static Allocations allocations() {
    if (!Platform.isLinux()) {
      return null;
    }
    Function count;
    try {
      count = NativeLibrary.getProcess().getFunction("mallinfo2");
    } catch (UnsatisfiedLinkError e) {
      return null;
    }
    return (Allocations) count.invoke(Allocations.class, new Object[0]);
  }

  /** The fields of glibc's {@code struct mallinfo2}. */
  @Structure.FieldOrder({
    "arena",
    "ordblks",
    "smblks",
    "hblks",
    "hblkhd",
    "usmblks",
    "fsmblks",
    "uordblks",
    "fordblks",
    "keepcost"
  })
  public static final class Allocations extends Structure implements Structure.ByValue {
    public long arena;
    public long ordblks;
    public long smblks;
    public long hblks;

    /** Bytes in blocks that are mapped one by one. */
    public long hblkhd;

    public long usmblks;
    public long fsmblks;

    /** Bytes in use in the arenas of all threads. */
    public long uordblks;

    public long fordblks;
    public long keepcost;
  }
}
