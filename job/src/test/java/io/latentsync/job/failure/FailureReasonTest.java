package io.latentsync.job.failure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.djl.engine.EngineException;
import io.latentsync.memory.NativeMemoryException;
import io.latentsync.nn.torch.GpuFaultException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.regex.Pattern;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FailureReasonTest {

  /** Wraps a failure as Spark does when it passes a task's exception to the driver. */
  private static FailureReason ofTask(Throwable failure) {
    return FailureReason.of(new ExecutionException(new SparkException("Job aborted", failure)));
  }

  @Test
  void aFileThatCannotBeUsedIsAnInputError() {
    assertThat(ofTask(new IOException("talk.mp4: is no video")))
        .isEqualTo(new FailureReason("talk.mp4: is no video", ExitCode.INVALID_INPUT));
  }

  @Test
  void aLackOfMemoryIsNotAnInputError() {
    for (Throwable failure :
        List.of(
            new NativeMemoryException(new IOException("talk.mp4: cannot be decoded")),
            new EngineException("DefaultCPUAllocator: can't allocate memory"),
            new RuntimeException("OpenCV(4.13.0) error: (-4:Insufficient memory) Failed"))) {
      assertThat(ofTask(failure))
          .isEqualTo(new FailureReason(NativeMemoryException.TEXT, ExitCode.FAILED));
    }
  }

  @Test
  void aFailedGpuIsNotAnInputErrorWhetherTheExecutorEndsOrNot() {
    GpuFaultException fault =
        catchThrowableOfType(
            GpuFaultException.class,
            () -> GpuFaultException.throwIfCauseOf(new EngineException("CUDA error: unknown")));
    FailureReason reason =
        new FailureReason(
            "a GPU failed (CUDA error: unknown); the driver's messages on that node (dmesg,"
                + " nvidia-smi) say more",
            ExitCode.FAILED);
    assertThat(ofTask(fault)).isEqualTo(reason);
    assertThat(ofTask(new LostGpuError(fault))).isEqualTo(reason);
  }

  /** Reasons that Spark's YarnAllocator gives, with the diagnostics of YARN's node manager. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Container killed by YARN for exceeding physical memory limits. 478.1 MB of 451 MB physical"
            + " memory used. Consider boosting spark.executor.memoryOverhead.",
        "Container from a bad node: container_1 on host: node7. Exit status: 137. Diagnostics:"
            + " [2026-11-30 01:02:03.004]Container killed on request. Exit code is 137\n"
            + "[2026-11-30 01:02:03.005]Container exited with a non-zero exit code 137.",
        "Container from a bad node: container_1 on host: node7. Exit status: 143. Diagnostics:"
            + " [2026-11-30 01:02:03.004]Container killed on request. Exit code is 143\n",
      })
  void aContainerBeyondItsMemoryLimitIsExplainedWithTheOptionsThatHelp(String reason) {
    Throwable failure =
        new SparkException(
            "Job aborted due to stage failure: Task 0 in stage 3.0 failed 5 times, most recent"
                + " failure: Lost task 0.4 in stage 3.0 (TID 9) (node7 executor 4):"
                + " ExecutorLostFailure (executor 4 exited caused by one of the running tasks)"
                + " Reason: "
                + reason
                + "\nDriver stacktrace:");
    assertThat(FailureReason.of(new ExecutionException(failure)))
        .isEqualTo(
            new FailureReason(
                "an executor was lost (%s); the most frequent cause is that it exceeds its memory limit: %s"
                    .formatted(
                        reason.lines().findFirst().orElseThrow(), NativeMemoryException.REMEDY),
                ExitCode.FAILED));
    assertThat(NativeMemoryException.REMEDY)
        .contains("spark.executor.memoryOverhead", "spark.executor.cores", "--batch_size");
  }

  @Test
  void aTaskThatAnEndingExecutorRejectsIsExplained() {
    Throwable failure =
        new RejectedExecutionException(
            "Task org.apache.spark.executor.Executor$TaskRunner@59b4cfeb rejected from"
                + " java.util.concurrent.ThreadPoolExecutor@2b9fbe6a[Shutting down, pool size = 1,"
                + " active threads = 1, queued tasks = 0, completed tasks = 2]");
    assertThat(ofTask(failure))
        .isEqualTo(
            new FailureReason(
                "an executor was ending when its next task arrived; its log has the reason, such as"
                    + " a GPU that failed",
                ExitCode.FAILED));
  }

  @Test
  void aFullDiskOfANodeIsNotAnInputErrorAndNamesNodeAndFolder(@TempDir Path folder) {
    IOException full = new IOException(new IOException("No space left on device"));
    assertThat(NodeDiskException.isCauseOf(full)).isTrue();
    assertThat(NodeDiskException.isCauseOf(new IOException("gone"))).isFalse();
    Path missing = folder.resolve("missing");
    assertThat(ofTask(new NodeDiskException("10.0.0.7", "No space left on device", missing, full)))
        .isEqualTo(
            new FailureReason(
                "node 10.0.0.7: No space left on device; the node's temporary folder is " + missing,
                ExitCode.FAILED));
    assertThat(new NodeDiskException("10.0.0.7", "No space left on device", folder, full))
        .hasMessageMatching(".* folder is " + Pattern.quote(folder.toString()) + ", \\d+ MiB free");
  }

  @Test
  void aFullDiskThatSparkMeetsBeforeTheTaskIsNotAnInputErrorAndNamesTheNode() {
    Throwable full = new IOException("No space left on device");
    String message =
        "Job aborted due to stage failure: Task 0 in stage 3.0 failed 5 times, most recent"
            + " failure: Lost task 0.4 in stage 3.0 (TID 9) (%s): java.io.IOException: No space"
            + " left on device\n\tat java.base/sun.nio.ch.FileDispatcherImpl.write0";
    assertThat(
            FailureReason.of(
                new ExecutionException(
                    new SparkException(message.formatted("10.0.0.7 executor 4"), full))))
        .isEqualTo(
            new FailureReason(
                "node 10.0.0.7: No space left on device; Spark's folders on this node are set by"
                    + " spark.local.dir and java.io.tmpdir",
                ExitCode.FAILED));
    // In local mode there is only one node.
    assertThat(
            FailureReason.of(
                new ExecutionException(
                    new SparkException(message.formatted("10.0.0.7 executor driver"), full))))
        .isEqualTo(new FailureReason("No space left on device", ExitCode.FAILED));
  }

  @Test
  void aTaskThatMayRunOnNoNodeAnyMoreHasTheReasonOfItsLastFailure() {
    Throwable failure =
        new SparkException(
            """
            Job aborted due to stage failure: Aborting TaskSet 3.0 because task 0 (partition 0)
            cannot run anywhere due to node and executor excludeOnFailure.
            Most recent failure:
            io.latentsync.job.failure.NodeDiskException: node 10.0.0.7: No space left on device
            \tat io.latentsync.job.spark.TaskResult
            """);
    assertThat(FailureReason.of(new ExecutionException(failure)))
        .isEqualTo(new FailureReason("node 10.0.0.7: No space left on device", ExitCode.FAILED));
  }

  @Test
  void anyOtherFailureHasItsRootCauseAndIsNotAnInputError() {
    assertThat(ofTask(new IllegalStateException("a stage\nfailed")))
        .isEqualTo(
            new FailureReason("internal error (a stage); --verbose shows where", ExitCode.FAILED));
  }
}
