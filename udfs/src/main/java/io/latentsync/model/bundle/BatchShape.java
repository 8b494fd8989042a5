package io.latentsync.model.bundle;

/**
 * What a device sets the networks up for; a batch of another shape is set up for itself.
 *
 * @param batchSize chunks that are denoised together
 * @param threads of the arithmetic
 * @param guided whether each chunk is denoised with and without its speech
 * @param deepCache whether the UNet's short path is used
 */
public record BatchShape(int batchSize, int threads, boolean guided, boolean deepCache) {}
