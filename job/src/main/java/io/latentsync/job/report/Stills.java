package io.latentsync.job.report;

import io.latentsync.image.RgbImage;
import io.latentsync.job.failure.FailureReason;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import io.latentsync.media.Deinterlacing;
import io.latentsync.media.FrameRatePolicy;
import io.latentsync.media.VideoProbe;
import io.latentsync.model.render.FrameSchedule;
import io.latentsync.model.render.LengthPolicy;
import io.latentsync.record.RequestResult;
import io.latentsync.record.RequestStatus;
import java.awt.Rectangle;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.SerializableConfiguration;

/**
 * The face in the middle frame of a dubbed video, before and after dubbing.
 *
 * @param id of the request
 * @param frame of the dubbed video, 0-based
 * @param before the source's frame there, as a {@code data:} address
 * @param after the dubbed video's frame, as a {@code data:} address
 * @param problem why there are no pictures; empty if there is none
 */
public record Stills(String id, int frame, String before, String after, String problem)
    implements Serializable {

  /**
   * The stills of all finished requests, by id. Executors make them, because the videos may be
   * readable there only.
   */
  public static Map<String, Stills> of(List<RequestResult> rows, JavaSparkContext spark) {
    List<RequestResult> done =
        rows.stream()
            .filter(
                row ->
                    row.getStatus() == RequestStatus.done || row.getStatus() == RequestStatus.kept)
            .toList();
    if (done.isEmpty()) {
      return Map.of();
    }
    SerializableConfiguration hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    spark.setJobDescription("stills for the report");
    return spark
        .parallelize(done, done.size())
        .map(row -> of(row, hadoop.value()))
        .collect()
        .stream()
        .collect(Collectors.toMap(Stills::id, Function.identity()));
  }

  /** A missing picture does not fail the report: the report shows the problem instead. */
  private static Stills of(RequestResult row, Configuration configuration) {
    int frame = row.getFrames() / 2;
    try (Scratch scratch = Scratch.temporary()) {
      Path source = scratch.input(new Location(row.getVideo()), configuration);
      Path dubbed = new Location(row.getOutput()).fetch(configuration, scratch.folder());
      FrameRatePolicy fps = OptionCheck.oneOf("fps", row.getFps(), FrameRatePolicy.values());
      Deinterlacing deinterlacing =
          OptionCheck.oneOf("deinterlace", row.getDeinterlace(), Deinterlacing.values());
      VideoProbe probe = VideoProbe.of(source, fps, deinterlacing);
      LengthPolicy length =
          OptionCheck.oneOf("sync_mode", row.getSyncMode(), LengthPolicy.values());
      FrameSchedule order = new FrameSchedule(probe.frames(), row.getFrames(), length);
      RgbImage before = Still.read(source, probe, order.source(frame));
      RgbImage after = Still.read(dubbed, VideoProbe.of(dubbed, fps), frame);
      Rectangle face = Still.aroundFace(before);
      return new Stills(row.getId(), frame, Still.jpeg(before, face), Still.jpeg(after, face), "");
    } catch (IOException e) {
      return new Stills(row.getId(), frame, "", "", FailureReason.of(e).text());
    }
  }
}
