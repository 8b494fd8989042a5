package io.latentsync.media;

import io.latentsync.memory.NativeMemoryException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * FFmpeg's calling conventions: paths become URLs; negative results, and null pointers after a
 * failed allocation, become exceptions.
 */
public final class Av {
  static {
    // The exception reports an error once; FFmpeg's own log lines would repeat it.
    avutil.av_log_set_level(avutil.AV_LOG_FATAL);
  }

  /** More than any part of a video has, but for decoded pictures. */
  private static final long PART_BYTES = 256L << 20;

  /** FFmpeg's codes for a failed disk and for a full one. */
  private static final Set<Integer> MACHINE_ERRORS =
      Set.of(avutil.AVERROR_EIO(), avutil.AVERROR_ENOSPC());

  private Av() {}

  /**
   * The file as FFmpeg's URL: in UTF-8, whatever the JVM's charset, and with the protocol, so that
   * FFmpeg does not read a colon in the name as the end of a protocol. The caller closes the
   * pointer.
   */
  public static BytePointer url(Path file) {
    byte[] name = ("file:" + file.toAbsolutePath() + "\0").getBytes(StandardCharsets.UTF_8);
    return new BytePointer(name);
  }

  /**
   * Passes a result through; a negative one becomes an exception with FFmpeg's own reason.
   *
   * @throws NativeMemoryException if the reason is a lack of memory, also for the stack of a thread
   *     (EAGAIN; the caller has handled its other meanings)
   */
  public static int check(int result, Path file, String problem) throws MediaException {
    if (result < 0) {
      MediaException failure =
          new MediaException(
              file, problem + " (" + reason(result) + ")", MACHINE_ERRORS.contains(result));
      if (result == avutil.AVERROR_ENOMEM() || result == avutil.AVERROR_EAGAIN()) {
        throw new NativeMemoryException(failure);
      }
      throw failure;
    }
    return result;
  }

  /**
   * Checks the result of reading a file's headers, tables or packets. If that needs more memory
   * than those of a long video, the file is damaged.
   */
  static int checkRead(int result, Path file, String problem) throws MediaException {
    if (result == avutil.AVERROR_ENOMEM() && isMemoryThere()) {
      throw new MediaException(
          file, problem + " (it is damaged: it declares a part that does not fit into memory)");
    }
    return check(result, file, problem);
  }

  private static boolean isMemoryThere() {
    Pointer block = avutil.av_malloc(PART_BYTES);
    boolean there = block != null && !block.isNull();
    avutil.av_free(block);
    return there;
  }

  /**
   * Passes on a pointer that FFmpeg has allocated.
   *
   * @throws NativeMemoryException if there was no memory for it
   */
  public static <P extends Pointer> P allocated(P made) {
    if (made == null || made.isNull()) {
      throw new NativeMemoryException();
    }
    return made;
  }

  /**
   * Passes if a call did not fail for lack of memory; other results are ignored.
   *
   * @throws NativeMemoryException if it was
   */
  public static void checkMemory(int result) {
    if (result == avutil.AVERROR_ENOMEM()) {
      throw new NativeMemoryException();
    }
  }

  private static String reason(int error) {
    byte[] text = new byte[avutil.AV_ERROR_MAX_STRING_SIZE];
    avutil.av_strerror(error, text, text.length);
    int length = 0;
    while (length < text.length && text[length] != 0) {
      length++;
    }
    return new String(text, 0, length, StandardCharsets.UTF_8);
  }
}
