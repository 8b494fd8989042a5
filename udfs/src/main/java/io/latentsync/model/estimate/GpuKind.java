package io.latentsync.model.estimate;

/**
 * Kinds of NVIDIA GPUs with their peak speed in FLOAT16 or BFLOAT16 on tensor cores, without
 * sparsity, from NVIDIA's data sheets.
 */
public enum GpuKind {
  /** Turing, 2018. */
  T4(65),
  /** Ada, 2023. */
  L4(121),
  /** Ampere, 2020. */
  A100(312),
  /** Hopper, 2022; an H200 has the same speed. */
  H100(989);

  /**
   * The share of the peak that the networks reach, from counting the operations and the memory
   * traffic of the UNet on an H100; not measured.
   */
  static final double SHARE = 0.22;

  private final double peak;

  GpuKind(double peak) {
    this.peak = peak;
  }

  /** The estimated floating-point operations per second of the networks on one GPU. */
  public double flopsPerSecond() {
    return SHARE * peak * 1e12;
  }
}
