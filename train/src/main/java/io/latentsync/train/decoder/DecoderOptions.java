package io.latentsync.train.decoder;

/**
 * Options of the decoder's training.
 *
 * @param steps largest number of steps
 * @param learningRate the highest learning rate
 * @param faces faces per step
 * @param mouthWeight weight of the mouth region's pixels; the others have 1
 * @param edges weight of the Laplacian's error
 * @param checkEvery steps between two measurements of the held-out faces
 * @param patience number of measurements without improvement that ends the training
 * @param checkpointing whether layers are computed again in the backward pass
 * @param seed of all random choices
 */
public record DecoderOptions(
    int steps,
    double learningRate,
    int faces,
    double mouthWeight,
    double edges,
    int checkEvery,
    int patience,
    boolean checkpointing,
    long seed) {}
