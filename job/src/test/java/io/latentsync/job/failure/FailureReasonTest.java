package io.latentsync.job.failure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.djl.engine.EngineException;
import io.latentsync.memory.NativeMemoryException;
import io.latentsync.nn.torch.GpuFaultException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;

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
  void anyOtherFailureHasItsRootCauseAndIsNotAnInputError() {
    assertThat(ofTask(new IllegalStateException("a stage\nfailed")))
        .isEqualTo(
            new FailureReason("internal error (a stage); --verbose shows where", ExitCode.FAILED));
  }
}
