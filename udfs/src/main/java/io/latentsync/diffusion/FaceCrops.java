package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;

/**
 * Aligned faces of source frames.
 *
 * @param pixels [n,3,R,R] in −1…1
 * @param frames index of the source frame of each face, from 0; selects the face's noise and its
 *     latents in the {@link LatentStore}
 */
@SuppressWarnings("ArrayRecordComponent") // Handed on, never compared.
public record FaceCrops(NDArray pixels, long[] frames) {}
