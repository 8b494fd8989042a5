package io.latentsync.job;

import ai.djl.Device;
import io.latentsync.image.RgbImage;
import io.latentsync.media.VideoFrame;
import io.latentsync.media.VideoProbe;
import io.latentsync.media.VideoReader;
import io.latentsync.model.FaceBoxes;
import io.latentsync.model.NetworkLease;
import io.latentsync.model.SyncNetEvaluation;
import io.latentsync.nn.SyncNet;
import io.latentsync.nn.TorchEngine;
import io.latentsync.record.SegmentDistances;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Has SyncNet look at takes that are in staging: a row of distances for each. Windows that reach
 * over the segment's borders are left out, four of each. A take that was judged before is not
 * judged again.
 */
final class Judge implements FlatMapFunction<Iterator<Take>, SegmentDistances> {
  private static final long serialVersionUID = 1L;

  private final Broadcast<Plan> plan;
  private final Broadcast<List<FaceBoxes>> faces;
  private final SerializableConfiguration hadoop;

  /**
   * A judge.
   *
   * @param faces where the face is in the frames of the dubbed video
   */
  Judge(Broadcast<Plan> plan, Broadcast<List<FaceBoxes>> faces, SerializableConfiguration hadoop) {
    this.plan = plan;
    this.faces = faces;
    this.hadoop = hadoop;
  }

  @Override
  public Iterator<SegmentDistances> call(Iterator<Take> takes) throws IOException {
    List<SegmentDistances> rows = new ArrayList<>();
    Configuration configuration = hadoop.value();
    Location network = new Location(plan.value().request().sync().syncNet());
    String state = network.state(configuration);
    while (takes.hasNext()) {
      Take take = takes.next();
      Location file = plan.value().staging().distances(take, state);
      if (!file.exists(configuration)) {
        judge(take, network, file, configuration);
      }
      rows.add(StagedRow.read(SegmentDistances.class, file, configuration));
    }
    return rows.iterator();
  }

  private void judge(Take take, Location network, Location file, Configuration configuration)
      throws IOException {
    Plan work = plan.value();
    TorchEngine.useThreads(work.request().rendering().threads());
    Device device = GpuShare.device(work.request().rendering().device());
    FrameRange segment = take.segment();
    List<Float> distances = new ArrayList<>();
    try (Scratch scratch = Scratch.in(work.staging().folder());
        StagedSpeech speech = StagedSpeech.open(work.staging().speech(), configuration);
        NetworkLease<SyncNet> judge =
            new ModelFiles(configuration).lease(network, device, scratch)) {
      Path video = work.staging().video(take).fetch(configuration, scratch.folder());
      try (VideoReader reader = VideoReader.open(video, VideoProbe.of(video))) {
        for (FaceBoxes stretch : faces.value()) {
          int first = Math.max(segment.first(), stretch.firstFrame());
          int end =
              Math.min(segment.first() + segment.frames(), stretch.firstFrame() + stretch.frames());
          try (SyncNetEvaluation evaluation = new SyncNetEvaluation(judge.network(), device)) {
            for (int frame = first; frame < end; frame++) {
              evaluation.see(crop(reader, frame - segment.first(), stretch, frame));
            }
            for (float[] window : evaluation.distances(speech, first)) {
              for (float distance : window) {
                distances.add(distance);
              }
            }
          }
        }
      }
      StagedRow.write(
          new SegmentDistances(segment.first(), distances), file, scratch, configuration);
    }
  }

  private static RgbImage crop(VideoReader reader, int at, FaceBoxes stretch, int frame)
      throws IOException {
    if (TaskContext.get().isInterrupted()) {
      throw new TaskKilledException("another attempt was faster");
    }
    try (VideoFrame picture = reader.read(at)) {
      return stretch.crop(picture.toRgb(), frame - stretch.firstFrame(), SyncNet.SIDE);
    }
  }
}
