package io.latentsync.model.render;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.latentsync.audio.FeatureDigest;
import io.latentsync.audio.FeatureWindows;
import io.latentsync.face.align.AffineMatrix;
import io.latentsync.model.bundle.ModelConfig;
import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import io.latentsync.timeline.FrameSchedule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Fingerprints of segments: digests of what the rendering of a segment depends on besides the
 * models, the source video and the hardware. These are the options, the source frames, the cuts
 * and, for each face, its affine matrices, blend weights and audio windows. So segments of two
 * speeches that differ elsewhere have equal fingerprints. Everything that {@link SegmentRenderer}
 * reads must be part of it. Not thread-safe.
 */
public final class SegmentFingerprint {
  private final RenderOptions options;
  private final FrameSchedule schedule;
  private final FrameRate rate;
  private final List<Face> faces;

  /** A face, with the digests of its speech. */
  private record Face(DubbedFace dubbed, FeatureDigest features) {}

  /**
   * The fingerprints of the segments of a dubbed video.
   *
   * @param faces the faces that get new lips
   * @param rate of the dubbed video
   * @param config of the model
   */
  public SegmentFingerprint(
      RenderOptions options,
      List<DubbedFace> faces,
      FrameSchedule schedule,
      FrameRate rate,
      ModelConfig config) {
    this.options = options;
    this.schedule = schedule;
    this.rate = rate;
    this.faces =
        faces.stream()
            .map(face -> new Face(face, features(face.speech(), options, rate, config)))
            .toList();
  }

  private static FeatureDigest features(
      SpeechTrack speech, RenderOptions options, FrameRate rate, ModelConfig config) {
    return new FeatureDigest(
        speech.samples(),
        new FeatureWindows(speech.samples().samples(), rate, config.context()),
        speech.peak(),
        options.audioWindows());
  }

  /**
   * The fingerprint of a segment, in hexadecimal digits.
   *
   * @throws IOException if the speech cannot be read
   */
  public String of(FrameRange segment) throws IOException {
    Hasher digest =
        Hashing.sha256()
            .newHasher()
            .putString(options.withoutTimeline() + "\n" + rate, StandardCharsets.UTF_8)
            .putInt(segment.first())
            .putInt(segment.frames());
    for (int frame : frames(segment).toArray()) {
      digest.putInt(schedule.source(frame));
      // A chunk begins with a segment in any case.
      digest.putBoolean(frame > segment.first() && schedule.startsShot(frame));
    }
    for (Face face : faces) {
      add(face, segment, digest);
    }
    return digest.hash().toString();
  }

  private static IntStream frames(FrameRange segment) {
    return IntStream.range(segment.first(), segment.first() + segment.frames());
  }

  private void add(Face face, FrameRange segment, Hasher digest) throws IOException {
    DubbedFace dubbed = face.dubbed();
    boolean speaks = frames(segment).anyMatch(frame -> dubbed.weights().at(frame) > 0);
    digest.putBoolean(speaks);
    for (int frame : frames(segment).toArray()) {
      int reference = dubbed.reference(frame, schedule);
      digest.putFloat(dubbed.weights().at(frame)).putInt(reference);
      add(dubbed.matrices().get(schedule.source(frame)), digest);
      add(reference < 0 ? Optional.empty() : dubbed.matrices().get(reference), digest);
      // Nothing is computed for a face that keeps the source's lips in the whole segment.
      if (speaks) {
        face.features().add(frame, digest);
      }
    }
  }

  private static void add(Optional<AffineMatrix> matrix, Hasher digest) {
    digest.putBoolean(matrix.isPresent());
    if (matrix.isPresent()) {
      AffineMatrix m = matrix.get();
      digest.putFloat(m.m00()).putFloat(m.m01()).putFloat(m.m02());
      digest.putFloat(m.m10()).putFloat(m.m11()).putFloat(m.m12());
    }
  }
}
