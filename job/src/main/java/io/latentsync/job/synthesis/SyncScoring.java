package io.latentsync.job.synthesis;

import com.google.common.primitives.Floats;
import io.latentsync.face.track.FaceBoxes;
import io.latentsync.image.RgbImage;
import io.latentsync.job.request.ModelFiles;
import io.latentsync.job.spark.GpuShare;
import io.latentsync.job.spark.TaskDevice;
import io.latentsync.job.spark.TaskInterrupts;
import io.latentsync.job.stage.Plan;
import io.latentsync.job.staging.Attempt;
import io.latentsync.job.staging.StagedRow;
import io.latentsync.job.staging.StagedSpeech;
import io.latentsync.job.staging.StagedSpeeches;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.model.bundle.NetworkLease;
import io.latentsync.model.sync.SyncNetEvaluation;
import io.latentsync.nn.networks.SyncNet;
import io.latentsync.nn.torch.TorchEngine;
import io.latentsync.record.SegmentDistances;
import io.latentsync.time.FrameRange;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;

/**
 * The stage that computes SyncNet's distances of staged attempts, one row for each attempt. Windows
 * of frames that cross a border of the segment are left out, four at each border. Distances that
 * are already staged are not computed again.
 */
final class SyncScoring implements FlatMapFunction<Iterator<Attempt>, SegmentDistances> {
  private static final long serialVersionUID = 1L;

  private final Broadcast<Plan> plan;
  private final Broadcast<List<FaceLayers>> faces;
  private final SerializableConfiguration hadoop;

  /**
   * A stage.
   *
   * @param faces the new lips of each speaker
   */
  SyncScoring(
      Broadcast<Plan> plan, Broadcast<List<FaceLayers>> faces, SerializableConfiguration hadoop) {
    this.plan = plan;
    this.faces = faces;
    this.hadoop = hadoop;
  }

  @Override
  public Iterator<SegmentDistances> call(Iterator<Attempt> attempts) throws IOException {
    List<SegmentDistances> rows = new ArrayList<>();
    Configuration configuration = hadoop.value();
    Location network = plan.value().request().sync().network().orElseThrow();
    String state = network.state(configuration);
    while (attempts.hasNext()) {
      Attempt attempt = attempts.next();
      Location file = plan.value().staging().distances(attempt, state);
      Optional<SegmentDistances> staged =
          StagedRow.find(SegmentDistances.class, file, "", configuration);
      rows.add(staged.isPresent() ? staged.get() : score(attempt, network, file, configuration));
    }
    return rows.iterator();
  }

  private SegmentDistances score(
      Attempt attempt, Location network, Location file, Configuration configuration)
      throws IOException {
    Plan work = plan.value();
    TorchEngine.useThreads(work.request().rendering().compute().threads());
    FrameRange segment = attempt.segment();
    List<Float> distances = new ArrayList<>();
    try (TaskDevice taken = GpuShare.device(work.request().rendering().compute().device());
        Scratch scratch = Scratch.in(work.staging().folder());
        StagedSpeeches speeches =
            StagedSpeeches.open(work.staging(), work.request(), configuration);
        NetworkLease<SyncNet> syncNet =
            new ModelFiles(configuration).lease(network, taken.device(), scratch)) {
      Path video = work.staging().video(attempt).fetch(configuration, scratch.folder());
      try (VideoReader reader = VideoReader.open(video, VideoProbe.of(video))) {
        for (FaceLayers lips : faces.value()) {
          FollowedFace face = lips.face();
          for (FaceBoxes track : face.boxes()) {
            try (SyncNetEvaluation evaluation =
                new SyncNetEvaluation(syncNet.network(), taken.device())) {
              distances.addAll(
                  distances(evaluation, reader, segment, track, speeches.get(face.speech())));
            }
          }
        }
      }
      SegmentDistances row = new SegmentDistances(segment.first(), distances);
      StagedRow.write(row, file, "", scratch, configuration);
      return row;
    }
  }

  private static List<Float> distances(
      SyncNetEvaluation evaluation,
      VideoReader reader,
      FrameRange segment,
      FaceBoxes track,
      StagedSpeech speech)
      throws IOException {
    int first = Math.max(segment.first(), track.firstFrame());
    int end = Math.min(segment.first() + segment.frames(), track.firstFrame() + track.frames());
    for (int frame = first; frame < end; frame++) {
      evaluation.add(crop(reader, frame - segment.first(), track, frame));
    }
    return Arrays.stream(evaluation.distances(speech, first))
        .flatMap(window -> Floats.asList(window).stream())
        .toList();
  }

  private static RgbImage crop(VideoReader reader, int at, FaceBoxes track, int frame)
      throws IOException {
    TaskInterrupts.stopIfKilled();
    try (VideoFrame picture = reader.read(at)) {
      return track.crop(picture.toRgb(), frame - track.firstFrame(), SyncNet.SIDE);
    }
  }
}
