package io.latentsync.job.cli.probe;

import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.model.estimate.MemoryEstimate;
import java.io.IOException;
import java.util.Optional;

/** What dubbing a request would be. */
public sealed interface RequestPreview {

  /** The request's id. */
  String id();

  /**
   * The cost of a request.
   *
   * @param flops floating-point operations
   * @param memory of a process that dubs it
   * @param half the same with the networks in fp16
   */
  record Price(double flops, MemoryEstimate memory, MemoryEstimate half) {

    /**
     * Estimates the cost.
     *
     * @param segmentFrames frames of a segment, whole chunks
     * @throws IOException if the VAE has no readable config
     */
    public static Price of(
        Cost cost, InputProbe.Work work, SamplerOptions sampling, int segmentFrames)
        throws IOException {
      return new Price(
          cost.flops(work, sampling),
          cost.memory(work, sampling, segmentFrames),
          cost.halfMemory(work, sampling, segmentFrames));
    }
  }

  /**
   * A request that can be dubbed.
   *
   * @param price empty if no network is named
   */
  record Possible(String id, InputProbe.Work work, Optional<Price> price)
      implements RequestPreview {}

  /** A request whose output is there: an earlier run made it, and nothing has changed. */
  record Finished(String id) implements RequestPreview {}

  /**
   * A request that cannot be dubbed.
   *
   * @param reason in one line, or a line for each problem
   */
  record Impossible(String id, String reason) implements RequestPreview {}
}
