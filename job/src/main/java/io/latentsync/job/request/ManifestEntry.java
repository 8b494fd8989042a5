package io.latentsync.job.request;

import io.latentsync.job.storage.Location;
import io.latentsync.media.FrameRatePolicy;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * A request as a manifest has it: what to dub, and what of the command's options is otherwise here.
 *
 * @param place where it is, such as {@code batch.csv line 3}
 * @param id what the request is called in the results
 * @param seed in place of {@code --seed}
 * @param steps in place of {@code --inference_steps}
 * @param guidance in place of {@code --guidance_scale}
 * @param fps in place of {@code --fps}
 */
public record ManifestEntry(
    String place,
    String id,
    Location video,
    Location audio,
    Location output,
    OptionalInt seed,
    OptionalInt steps,
    OptionalDouble guidance,
    Optional<FrameRatePolicy> fps) {}
