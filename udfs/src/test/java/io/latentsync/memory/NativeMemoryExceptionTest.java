package io.latentsync.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Libraries that request 64 TiB, which no machine has. */
final class NativeMemoryExceptionTest {
  private static final long TOO_MUCH = 1L << 46;

  static Stream<Named<ThrowingCallable>> shortages() {
    return Stream.of(
        Named.of("libtorch", NativeMemoryExceptionTest::askLibtorch),
        Named.of("OpenCV", NativeMemoryExceptionTest::askOpenCv),
        Named.of("JavaCPP", () -> new BytePointer(TOO_MUCH).close()),
        // The messages of libraries for GPUs, which this machine does not have.
        Named.of(
            "cuDNN",
            () -> {
              throw new EngineException("cuDNN error: CUDNN_STATUS_ALLOC_FAILED");
            }),
        Named.of(
            "cuDNN without room for a workspace",
            () -> {
              throw new EngineException(
                  "GET was unable to find an engine to execute this computation");
            }),
        Named.of(
            "cuBLAS",
            () -> {
              throw new EngineException(
                  "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`");
            }),
        Named.of(
            "JDK 17, whose direct buffers are bounded",
            () -> {
              throw new OutOfMemoryError(
                  "Cannot reserve 4096 bytes of direct buffer memory (allocated: 1, limit: 2)");
            }),
        Named.of(
            "JDK 17, malloc",
            () -> {
              throw new OutOfMemoryError("Unable to allocate 4096 bytes");
            }));
  }

  private static void askLibtorch() {
    try (NDManager manager = NDManager.newBaseManager()) {
      manager.zeros(new Shape(TOO_MUCH));
    }
  }

  private static void askOpenCv() {
    try (Mat picture = new Mat(1 << 24, 1 << 24, opencv_core.CV_8UC3)) {
      assertThat(picture.empty()).isFalse();
    }
  }

  @ParameterizedTest
  @MethodSource("shortages")
  void exhaustedMemoryHasOneMessageForAllLibraries(ThrowingCallable call) {
    Throwable failure = catchThrowable(call);
    assertThat(NativeMemoryException.isCauseOf(failure)).as("%s", failure).isTrue();
    assertThatThrownBy(() -> NativeMemoryException.throwIfCauseOf(new IOException(failure)))
        .isInstanceOf(NativeMemoryException.class)
        .hasMessage(NativeMemoryException.TEXT)
        .hasStackTraceContaining(failure.toString());
    assertThat(NativeMemoryException.TEXT)
        .contains(
            "--batch_size",
            "--segment_frames",
            "spark.executor.memoryOverhead",
            "spark.executor.cores")
        .doesNotContain("\n");
  }

  static Stream<Throwable> otherFailures() {
    return Stream.of(
        new OutOfMemoryError("Java heap space"),
        new OutOfMemoryError("Metaspace"),
        new EngineException("The size of tensor a must match"),
        new EngineException("could not create a primitive descriptor for a convolution"),
        new IOException("out of memory.mp4: no such file"));
  }

  @ParameterizedTest
  @MethodSource("otherFailures")
  void aFullHeapAndOtherFailuresAreNotExhaustedNativeMemory(Throwable failure) {
    assertThatCode(() -> NativeMemoryException.throwIfCauseOf(failure)).doesNotThrowAnyException();
  }

  @Test
  void anExistingMemoryFailureIsPassedOnUnchanged() {
    NativeMemoryException known = new NativeMemoryException();
    assertThat(catchThrowable(() -> NativeMemoryException.throwIfCauseOf(known))).isSameAs(known);
    assertThat(NativeMemoryException.isCauseOf(new IllegalStateException(known))).isTrue();
  }
}
