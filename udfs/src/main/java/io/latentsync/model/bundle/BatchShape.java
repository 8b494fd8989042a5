package io.latentsync.model.bundle;

/**
 * The shape of a batch, for which a device prepares the networks. Each new shape needs its own
 * preparation.
 *
 * @param batchSize chunks that are denoised together
 * @param threads per tensor operation
 * @param guided whether each chunk is denoised with and without its speech
 * @param deepCache whether the UNet's short path is used
 */
public record BatchShape(int batchSize, int threads, boolean guided, boolean deepCache) {}
