package io.latentsync.nn.torch;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.EngineException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GpuFaultExceptionTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "CUDA error: an illegal memory access was encountered",
        "CUDA error: device-side assert triggered",
        "CUDA error: uncorrectable ECC error encountered",
        "CUDA driver error: unknown error",
        "cuDNN error: CUDNN_STATUS_EXECUTION_FAILED",
        "CUDA error: CUBLAS_STATUS_INTERNAL_ERROR when calling `cublasSgemm`"
      })
  void errorsOfCudaAreFaultsOfTheGpu(String text) {
    assertThatThrownBy(
            () ->
                GpuFaultException.throwIfCauseOf(
                    new IllegalStateException(
                        new EngineException(
                            "The following operation failed in the TorchScript interpreter.\n"
                                + text
                                + "\nCompile with `TORCH_USE_CUDA_DSA`"))))
        .isInstanceOf(GpuFaultException.class)
        .hasMessage(
            "a GPU failed (%s); the driver's messages on that node (dmesg, nvidia-smi) say more"
                .formatted(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CUDA out of memory. Tried to allocate 2.00 GiB",
        "CUDA error: out of memory",
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "CUDA error: no kernel image is available for execution on the device",
        "shape '[2, 3]' is invalid for input of size 4"
      })
  void otherErrorsAreNot(String text) {
    assertThatCode(() -> GpuFaultException.throwIfCauseOf(new EngineException(text)))
        .doesNotThrowAnyException();
  }

  @Test
  void missingCodeForAKindOfGpuNamesTheRemedy() {
    EngineException failure =
        new EngineException("CUDA error: no kernel image is available for execution on the device");
    assertThatThrownBy(() -> TorchUnavailableException.throwIfNoKernels(failure))
        .isInstanceOf(TorchUnavailableException.class)
        .hasMessage(
            "this libtorch has no code for the kind of GPU of this node; name the folder of a"
                + " PyTorch that has with PYTORCH_LIBRARY_PATH, or use --device cpu");
    assertThatCode(() -> TorchUnavailableException.throwIfNoKernels(new EngineException("other")))
        .doesNotThrowAnyException();
  }
}
