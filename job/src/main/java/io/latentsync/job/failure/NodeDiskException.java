package io.latentsync.job.failure;

import com.google.common.base.Throwables;
import io.latentsync.media.MediaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A full or failing disk of a node. The message names the node and its temporary folder. */
public final class NodeDiskException extends IOException {
  private static final long serialVersionUID = 1L;

  /** The operating system's texts for ENOSPC, EDQUOT and EIO. */
  private static final List<String> SIGNS =
      List.of("No space left on device", "Disk quota exceeded", "Input/output error");

  private static final int MIB_BITS = 20;

  /**
   * A failure on a node.
   *
   * @param host the node's name
   * @param reason one line
   * @param temporary the node's folder for temporary files
   */
  public NodeDiskException(String host, String reason, Path temporary, Throwable cause) {
    super(
        "node %s: %s; the node's temporary folder is %s%s"
            .formatted(host, reason, temporary, free(temporary)),
        cause);
  }

  /** Whether a disk is the cause of a failure. */
  public static boolean isCauseOf(Throwable failure) {
    return Throwables.getCausalChain(failure).stream().anyMatch(NodeDiskException::isOfDisk);
  }

  private static boolean isOfDisk(Throwable cause) {
    return (cause instanceof MediaException media && media.isOfMachine())
        || (cause instanceof IOException
            && SIGNS.stream().anyMatch(String.valueOf(cause.getMessage())::contains));
  }

  private static String free(Path folder) {
    try {
      return ", %d MiB free".formatted(Files.getFileStore(folder).getUsableSpace() >> MIB_BITS);
    } catch (IOException e) {
      return "";
    }
  }
}
