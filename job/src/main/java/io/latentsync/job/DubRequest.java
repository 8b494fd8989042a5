package io.latentsync.job;

import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.model.ModelBundle;
import java.io.Serializable;

/**
 * One video to dub, and how.
 *
 * @param id what it is called in messages and results
 * @param video the talking head
 * @param audio the new speech
 * @param output the mp4 to write
 * @param models what to load
 * @param sampling how to denoise
 * @param seed of all noise; the same seed gives the same video
 * @param segmentFrames frames that a task renders, made up to whole chunks
 */
record DubRequest(
    String id,
    Location video,
    Location audio,
    Location output,
    ModelBundle models,
    SamplerOptions sampling,
    long seed,
    int segmentFrames)
    implements Serializable {}
