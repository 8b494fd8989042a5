package io.latentsync.job.manifest;

import io.latentsync.job.edit.Edit;
import io.latentsync.job.storage.Location;
import io.latentsync.media.video.FrameRatePolicy;
import io.latentsync.model.render.SilencePolicy;
import io.latentsync.timeline.KeptRanges;
import io.latentsync.timeline.LengthPolicy;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * A request of a manifest: its files, and the options that it overrides.
 *
 * @param place its place in the manifest, such as {@code batch.csv line 3}
 * @param id the request's name in the results
 * @param seed overrides {@code --seed}
 * @param steps overrides {@code --inference_steps}
 * @param guidance overrides {@code --guidance_scale}
 * @param fps overrides {@code --fps}
 * @param length overrides {@code --sync_mode}
 * @param kept overrides {@code --keep}
 * @param silence overrides {@code --silence}
 * @param label overrides {@code --label}
 * @param edit speakers, ranges and sound
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
    Optional<FrameRatePolicy> fps,
    Optional<LengthPolicy> length,
    Optional<KeptRanges> kept,
    Optional<SilencePolicy> silence,
    Optional<String> label,
    Edit edit) {}
