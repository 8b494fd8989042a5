package io.latentsync.job.synthesis;

import ai.djl.Device;
import io.latentsync.face.detect.MediaPipeFaceDetector;
import io.latentsync.job.metrics.JobMetrics;
import io.latentsync.job.provenance.ContentDigest;
import io.latentsync.job.request.ModelFiles;
import io.latentsync.job.stage.Plan;
import io.latentsync.job.staging.Attempt;
import io.latentsync.job.staging.SegmentCache;
import io.latentsync.job.staging.Staging;
import io.latentsync.job.storage.Scratch;
import io.latentsync.media.video.VideoCoding;
import io.latentsync.model.bundle.ModelConfig;
import io.latentsync.model.render.DubbedFace;
import io.latentsync.model.render.RenderOptions;
import io.latentsync.model.render.SegmentFingerprint;
import io.latentsync.nn.torch.Processor;
import io.latentsync.record.SegmentMetrics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.hadoop.conf.Configuration;

/**
 * The segment cache in a task. The key of a segment is a digest of its {@link SegmentFingerprint},
 * the content of the source video, the files of the model, the versions of this job and of
 * libtorch, and the hardware. A video that is changed anywhere is rendered as a whole.
 */
final class CachedSegments {
  private final SegmentCache cache;
  private final Plan plan;
  private final Device device;
  private final SegmentFingerprint fingerprint;
  private final Scratch scratch;
  private final Configuration configuration;

  /** Number of layers of each face, which the measured openings of the mouths depend on. */
  private final List<Integer> layers;

  private final String inputs;

  private CachedSegments(
      SegmentCache cache,
      Plan plan,
      List<FaceLayers> faces,
      Device device,
      SegmentFingerprint fingerprint,
      Scratch scratch,
      Configuration configuration)
      throws IOException {
    this.cache = cache;
    this.plan = plan;
    this.device = device;
    this.fingerprint = fingerprint;
    this.scratch = scratch;
    this.configuration = configuration;
    this.layers = faces.stream().map(face -> face.layers().size()).toList();
    this.inputs = inputs();
  }

  /**
   * The cache for the segments of a task.
   *
   * @param rendering options of all attempts of the task
   * @param faces the dubbed faces with their layers
   * @param dubbed the layers as they are rendered
   * @param device of the networks
   * @return empty if the run has no segment cache
   * @throws IOException if a file of the model or the video does not exist
   */
  static Optional<CachedSegments> of(
      Plan plan,
      RenderOptions rendering,
      List<FaceLayers> faces,
      List<DubbedFace> dubbed,
      Device device,
      Scratch scratch,
      Configuration configuration)
      throws IOException {
    Optional<SegmentCache> cache = SegmentCache.of(plan.staging().folder().parent(), configuration);
    if (cache.isEmpty()) {
      return Optional.empty();
    }
    Path config =
        new ModelFiles(configuration).locator(scratch).locate(plan.request().models().unetConfig());
    SegmentFingerprint fingerprint =
        new SegmentFingerprint(
            rendering, dubbed, plan.schedule(), plan.video().frameRate(), ModelConfig.read(config));
    return Optional.of(
        new CachedSegments(cache.get(), plan, faces, device, fingerprint, scratch, configuration));
  }

  /** What all segments of the task depend on. */
  private String inputs() throws IOException {
    return String.join(
        "\n",
        List.of(
            String.valueOf(Staging.VERSION),
            new ModelFiles(configuration).fingerprint(plan.request().models()),
            new ContentDigest(configuration).of(plan.request().video()),
            Processor.arithmetic(device),
            VideoCoding.of(plan.request().rendering().encoding(), plan.video()).toString(),
            layers.toString(),
            String.valueOf(MediaPipeFaceDetector.available()))); // measures the mouths
  }

  private String key(Attempt attempt) throws IOException {
    return DigestUtils.sha256Hex(inputs + "\n" + fingerprint.of(attempt.segment()));
  }

  /**
   * Copies an attempt into staging.
   *
   * @return whether there is an intact one
   */
  boolean fetch(Attempt attempt) throws IOException {
    boolean hit = cache.fetch(key(attempt), attempt, plan.staging(), scratch);
    (hit ? JobMetrics.SEGMENT_CACHE_HITS : JobMetrics.SEGMENT_CACHE_MISSES).inc();
    return hit;
  }

  /**
   * Adds a rendered attempt, unless a file that it was made from was replaced meanwhile.
   *
   * @param video local file
   * @param digest of the video
   */
  void add(Attempt attempt, Path video, String digest, SegmentMetrics metrics) throws IOException {
    if (inputs().equals(inputs)) {
      cache.add(key(attempt), video, digest, metrics, scratch);
    }
  }
}
