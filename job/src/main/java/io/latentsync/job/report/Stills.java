package io.latentsync.job.report;

import io.latentsync.face.detect.FaceDetector;
import io.latentsync.face.detect.FaceDetectors;
import io.latentsync.image.RgbImage;
import io.latentsync.job.failure.FailureReason;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import io.latentsync.media.Deinterlacing;
import io.latentsync.media.FrameRatePolicy;
import io.latentsync.media.VideoProbe;
import io.latentsync.media.VideoReader;
import io.latentsync.model.render.FrameSchedule;
import io.latentsync.model.render.LengthPolicy;
import io.latentsync.record.RequestResult;
import java.awt.Rectangle;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.SerializableConfiguration;

/**
 * The stills of a dubbed video: the face before and after dubbing, in frames in which the new mouth
 * is open and in frames in which it is closed. If the mouth was not measured, there is one still,
 * of the middle frame.
 *
 * @param id id of the request
 * @param pairs one for each frame, in order
 * @param problem reason why there are no pictures; empty if there are pictures
 */
public record Stills(String id, List<Pair> pairs, String problem) implements Serializable {

  /**
   * A frame.
   *
   * @param frame index in the dubbed video, 0-based
   * @param mouth caption: mouth open, mouth closed, or middle frame
   * @param before the source's frame at this index, as a {@code data:} URL
   * @param after the dubbed video's frame, as a {@code data:} URL
   */
  public record Pair(int frame, String mouth, String before, String after)
      implements Serializable {}

  /**
   * Makes the stills of all finished requests, by id. The executors do this, because the driver may
   * be unable to read the videos.
   */
  public static Map<String, Stills> of(List<RequestResult> rows, JavaSparkContext spark) {
    List<RequestResult> done = rows.stream().filter(RunTotals::isDubbed).toList();
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

  private static SortedMap<Integer, String> frames(RequestResult row) {
    SortedMap<Integer, String> frames = new TreeMap<>();
    row.getOpenFrames().forEach(frame -> frames.put(frame, "mouth open"));
    row.getClosedFrames().forEach(frame -> frames.put(frame, "mouth closed"));
    if (frames.isEmpty()) {
      frames.put(row.getFrames() / 2, "middle frame");
    }
    return frames;
  }

  /** A missing picture does not make the report fail. The report shows the problem instead. */
  private static Stills of(RequestResult row, Configuration configuration) {
    try (Scratch scratch = Scratch.temporary();
        FaceDetector detector = FaceDetectors.open()) {
      Path source = scratch.input(new Location(row.getVideo()), configuration);
      Path dubbed = new Location(row.getOutput()).fetch(configuration, scratch.folder());
      FrameRatePolicy fps = OptionCheck.oneOf("fps", row.getFps(), FrameRatePolicy.values());
      Deinterlacing deinterlacing =
          OptionCheck.oneOf("deinterlace", row.getDeinterlace(), Deinterlacing.values());
      VideoProbe probe = VideoProbe.of(source, fps, deinterlacing);
      LengthPolicy length = OptionCheck.oneOf("syncMode", row.getSyncMode(), LengthPolicy.values());
      FrameSchedule order =
          new FrameSchedule(probe.frames(), row.getFrames(), length).withTurns(row.getTurns());
      List<Pair> pairs = new ArrayList<>();
      try (VideoReader sources = VideoReader.open(source, probe);
          VideoReader outputs = VideoReader.open(dubbed, VideoProbe.of(dubbed, fps))) {
        for (Map.Entry<Integer, String> chosen : frames(row).entrySet()) {
          RgbImage before = Still.read(sources, order.source(chosen.getKey()));
          RgbImage after = Still.read(outputs, chosen.getKey());
          Rectangle face = Still.aroundFace(before, detector);
          pairs.add(
              new Pair(
                  chosen.getKey(),
                  chosen.getValue(),
                  Still.jpeg(before, face),
                  Still.jpeg(after, face)));
        }
      }
      return new Stills(row.getId(), pairs, "");
    } catch (IOException e) {
      return new Stills(row.getId(), List.of(), FailureReason.of(e).text());
    }
  }
}
