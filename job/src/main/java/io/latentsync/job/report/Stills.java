package io.latentsync.job.report;

import io.latentsync.image.RgbImage;
import io.latentsync.job.failure.FailureReason;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import io.latentsync.media.video.Deinterlacing;
import io.latentsync.media.video.FrameRatePolicy;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.record.RequestResult;
import io.latentsync.record.StillFrame;
import io.latentsync.timeline.FrameSchedule;
import io.latentsync.timeline.LengthPolicy;
import java.awt.Rectangle;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.SerializableConfiguration;

/**
 * The stills of a dubbed video: the face of each speaker before and after dubbing, in frames in
 * which the new mouth is open and in frames in which it is closed.
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
   * @param caption the speaker, if there are several, and the state of the mouth
   * @param before the source's frame at this index, as a {@code data:} URL
   * @param after the dubbed video's frame, as a {@code data:} URL
   */
  public record Pair(int frame, String caption, String before, String after)
      implements Serializable {}

  /** Maximum number of pairs in a report: about 4 MB. */
  static final int MOST_PAIRS = 350;

  /**
   * Makes the stills of the finished requests, by id: of at most {@link #MOST_PAIRS} requests, the
   * first ones. The executors do this, because the driver may be unable to read the videos.
   */
  public static Map<String, Stills> of(List<RequestResult> rows, JavaSparkContext spark) {
    List<RequestResult> done = rows.stream().filter(RunTotals::isDubbed).limit(MOST_PAIRS).toList();
    if (done.isEmpty()) {
      return Map.of();
    }
    SerializableConfiguration hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    int most = pairsEach(done.size());
    spark.setJobDescription("stills for the report");
    return spark
        .parallelize(done, done.size())
        .map(row -> of(row, most, hadoop.value()))
        .collect()
        .stream()
        .collect(Collectors.toMap(Stills::id, Function.identity()));
  }

  /** Maximum number of pairs of a request, at least 1. */
  static int pairsEach(int requests) {
    return Math.max(1, MOST_PAIRS / requests);
  }

  /** A missing picture does not make the report fail. The report shows the problem instead. */
  private static Stills of(RequestResult row, int most, Configuration configuration) {
    try (Scratch scratch = Scratch.temporary()) {
      Path source = scratch.input(new Location(row.getVideo()), configuration);
      Path dubbed = new Location(row.getOutput()).fetch(configuration, scratch.folder());
      FrameRatePolicy fps = OptionCheck.oneOf("fps", row.getFps(), FrameRatePolicy.values());
      Deinterlacing deinterlacing =
          OptionCheck.oneOf("deinterlace", row.getDeinterlace(), Deinterlacing.values());
      VideoProbe probe = VideoProbe.of(source, fps, deinterlacing);
      LengthPolicy length = OptionCheck.oneOf("syncMode", row.getSyncMode(), LengthPolicy.values());
      FrameSchedule order =
          new FrameSchedule(probe.frames(), row.getFrames(), length)
              .recorded(row.getCuts(), row.getTurns());
      List<Pair> pairs = new ArrayList<>();
      try (VideoReader sources = VideoReader.open(source, probe);
          VideoReader outputs = VideoReader.open(dubbed, VideoProbe.of(dubbed, fps))) {
        for (StillFrame still : row.getStillFrames().stream().limit(most).toList()) {
          RgbImage before = Still.read(sources, order.source(still.getFrame()));
          RgbImage after = Still.read(outputs, still.getFrame());
          Rectangle face = face(still, before);
          pairs.add(
              new Pair(
                  still.getFrame(),
                  caption(still),
                  Still.jpeg(before, face),
                  Still.jpeg(after, face)));
        }
      }
      return new Stills(row.getId(), pairs, "");
    } catch (IOException e) {
      return new Stills(row.getId(), List.of(), FailureReason.of(e).text());
    }
  }

  /** The square around the face, clipped to the picture. */
  private static Rectangle face(StillFrame still, RgbImage picture) {
    Rectangle all = new Rectangle(picture.width(), picture.height());
    Rectangle face =
        new Rectangle(still.getLeft(), still.getTop(), still.getSide(), still.getSide())
            .intersection(all);
    return face.isEmpty() ? all : face;
  }

  private static String caption(StillFrame still) {
    String mouth =
        switch (still.getMouth()) {
          case open -> "mouth open";
          case closed -> "mouth closed";
          case unmeasured -> "middle frame";
        };
    return still.getSpeaker().isEmpty() ? mouth : still.getSpeaker() + ", " + mouth;
  }
}
