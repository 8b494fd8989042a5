package io.latentsync.job.failure;

import com.google.common.base.Throwables;
import io.latentsync.memory.NativeMemoryException;
import io.latentsync.nn.torch.GpuFaultException;
import io.latentsync.nn.torch.TorchUnavailableException;
import io.latentsync.nn.torch.WrongNumbersException;
import io.latentsync.text.Printable;
import java.io.EOFException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The reason of a failure as a message for the user, without Java types.
 *
 * @param text one line; a line for each problem if the input has several
 * @param exitCode {@link ExitCode#INVALID_INPUT} if the cause is a file or an option of the user,
 *     else {@link ExitCode#FAILED}
 */
public record FailureReason(String text, ExitCode exitCode) {
  /** A qualified name of an exception in a library's message; not a part of a path. */
  private static final Pattern JAVA_TYPE =
      Pattern.compile(
          "(?<![\\w/\\\\.-])(?:[a-z]\\w*\\.)+(?:\\w+\\$)*\\w*(?:Exception|Error|Failure)\\b"
              + "(?![\\w/\\\\.-]):?\\s*");

  /** Spark's message about a task that failed too often on each node; it has no cause. */
  private static final Pattern NO_NODE =
      Pattern.compile("excludeOnFailure\\.\\s+Most recent failure:\\s+([^\n]+)");

  /** Spark's message about a task that failed on a node of a cluster, with the node's name. */
  private static final Pattern OF_NODE =
      Pattern.compile("Lost task \\S+ in stage \\S+ \\(TID \\d+\\) \\((\\S+) executor \\d+\\)");

  /** A link to an explanation, which Hadoop adds to messages of the network. */
  private static final Pattern HADOOP_LINK =
      Pattern.compile(";? *For more details see: *http://wiki\\.apache\\.org/hadoop/\\w+");

  /** Maximum length of a library's message, in characters. */
  private static final int LONGEST = 1000;

  /** Unwraps the exceptions that Spark and threads wrap around a failure on an executor. */
  public static FailureReason of(Throwable error) {
    if (LostExecutor.isCauseOf(error)) {
      return new FailureReason(LostExecutor.text(error), ExitCode.FAILED);
    }
    if (LostExecutor.wasEnding(error)) {
      return new FailureReason(LostExecutor.ENDING_TEXT, ExitCode.FAILED);
    }
    // The input is valid; it works on a larger machine.
    if (NativeMemoryException.isCauseOf(error)) {
      return new FailureReason(NativeMemoryException.TEXT, ExitCode.FAILED);
    }
    Optional<Throwable> ofEngine =
        Throwables.getCausalChain(error).stream().filter(FailureReason::isOfEngine).findFirst();
    if (ofEngine.isPresent()) {
      return new FailureReason(ofEngine.get().getMessage(), ExitCode.FAILED);
    }
    Optional<Throwable> ofInput =
        Throwables.getCausalChain(error).stream().filter(FailureReason::isOfInput).findFirst();
    if (ofInput.isPresent()) {
      boolean machine =
          ofInput.get() instanceof WrongNumbersException
              || ofInput.get() instanceof DamagedOutputException
              || ofInput.get() instanceof NodeDiskException
              || OutageException.isCauseOf(error);
      Optional<String> node = machine ? Optional.empty() : nodeOfDisk(error);
      boolean mayPass = machine || NodeDiskException.isCauseOf(error);
      return new FailureReason(
          node.isPresent() ? ofDisk(node.get(), ofInput.get()) : text(ofInput.get()),
          mayPass ? ExitCode.FAILED : ExitCode.INVALID_INPUT);
    }
    if (Throwables.getRootCause(error) instanceof InterruptedException) {
      return new FailureReason("interrupted", ExitCode.FAILED);
    }
    return new FailureReason(
        withoutNode(error).orElseGet(() -> internal(Throwables.getRootCause(error))),
        ExitCode.FAILED);
  }

  /** The node whose full or failing disk made Spark itself fail, outside this program's tasks. */
  private static Optional<String> nodeOfDisk(Throwable error) {
    if (!NodeDiskException.isCauseOf(error)) {
      return Optional.empty();
    }
    return Throwables.getCausalChain(error).stream()
        .map(cause -> OF_NODE.matcher(String.valueOf(cause.getMessage())))
        .filter(Matcher::find)
        .map(message -> message.group(1))
        .findFirst();
  }

  private static String ofDisk(String node, Throwable failure) {
    return "node %s: %s; Spark's folders on this node are set by spark.local.dir and java.io.tmpdir"
        .formatted(node, withoutFile(failure));
  }

  private static boolean isOfEngine(Throwable error) {
    return error instanceof TorchUnavailableException
        || error instanceof GpuFaultException
        || error instanceof LostGpuError;
  }

  private static boolean isOfInput(Throwable error) {
    return error instanceof IOException
        || error instanceof InvalidPathException
        || error instanceof URISyntaxException;
  }

  private static String text(Throwable error) {
    if (error instanceof InvalidInputException) {
      return withoutTypes(error.getMessage());
    }
    Optional<String> ofStore = StoreFailure.text(error);
    if (ofStore.isPresent()) {
      return ofStore.get();
    }
    if (error instanceof FileSystemException failure && failure.getFile() != null) {
      return Printable.value(failure.getFile()) + ": " + withoutFile(failure);
    }
    return withoutFile(error);
  }

  /** The reason in one line, without the file's name if the exception has it separately. */
  public static String withoutFile(Throwable error) {
    Optional<String> ofStore = StoreFailure.text(error);
    if (ofStore.isPresent()) {
      return ofStore.get();
    }
    if (error instanceof NoSuchFileException) {
      return "no such file or folder";
    }
    if (error instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (error instanceof FileAlreadyExistsException) {
      return "already exists";
    }
    if (error instanceof FileSystemException failure) {
      return firstLine(failure.getReason()).orElse("cannot be read or written");
    }
    if (error instanceof CharacterCodingException) {
      return "a text is not in UTF-8";
    }
    if (error instanceof UnknownHostException) {
      return "the host %s is unknown".formatted(Printable.value(error.getMessage()));
    }
    return firstLine(error.getMessage())
        .orElse(
            error instanceof EOFException
                ? "a file ends too early"
                : "a file cannot be read or written; --verbose shows which");
  }

  /** The last failure of a task that Spark sends to no node any more. */
  private static Optional<String> withoutNode(Throwable error) {
    Matcher last = NO_NODE.matcher(String.valueOf(Throwables.getRootCause(error).getMessage()));
    return last.find() ? firstLine(last.group(1)) : Optional.empty();
  }

  private static String internal(Throwable error) {
    if (error instanceof OutOfMemoryError) {
      return "the Java heap is full: give the driver and the executors more"
          + " (spark.driver.memory, spark.executor.memory, or -Xmx)";
    }
    return firstLine(error.getMessage())
        .map("internal error (%s); --verbose shows where"::formatted)
        .orElse("internal error; --verbose shows where");
  }

  private static Optional<String> firstLine(String message) {
    return Optional.ofNullable(message)
        .flatMap(text -> withoutTypes(text).lines().findFirst())
        .map(FailureReason::bounded);
  }

  /** Truncates the message of a library, which may quote a whole file. */
  private static String bounded(String line) {
    return Printable.line(line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…");
  }

  /** The message of an exception without the names of Java's types and links of Hadoop. */
  public static String withoutTypes(String message) {
    return HADOOP_LINK.matcher(JAVA_TYPE.matcher(message).replaceAll("")).replaceAll("").strip();
  }
}
