package io.latentsync.job.report;

import io.latentsync.image.RgbImage;
import io.latentsync.job.failure.FailureReason;
import io.latentsync.job.failure.InvalidInputException;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stills of a dubbed video: the face of each speaker before and after dubbing, in frames in
 * which the new mouth is open and in frames in which it is closed.
 *
 * @param id id of the request
 * @param pairs one for each frame, in order
 * @param problem reason why there are no pictures; empty if there are pictures
 */
public record Stills(String id, List<Pair> pairs, String problem) implements Serializable {
  private static final Logger log = LoggerFactory.getLogger(Stills.class);

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
    try {
      return spark
          .parallelize(done, done.size())
          .map(row -> of(row, most, hadoop.value()))
          .collect()
          .stream()
          .collect(Collectors.toMap(Stills::id, Function.identity()));
    } catch (RuntimeException e) {
      // For example lost executors. The videos are finished.
      log.warn("the report has no pictures: {}", FailureReason.of(e).text(), e);
      return Map.of();
    }
  }

  /** Maximum number of pairs of a request, at least 1. */
  static int pairsEach(int requests) {
    return Math.max(1, MOST_PAIRS / requests);
  }

  /** A missing picture does not make the report fail. The report shows the problem instead. */
  static Stills of(RequestResult row, int most, Configuration configuration) {
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
      VideoProbe output = VideoProbe.of(dubbed, fps);
      try (VideoReader sources = VideoReader.open(source, probe);
          VideoReader outputs = VideoReader.open(dubbed, output)) {
        for (StillFrame still : row.getStillFrames().stream().limit(most).toList()) {
          int frame = order.source(still.getFrame());
          if (frame >= probe.frames() || still.getFrame() >= output.frames()) {
            throw new InvalidInputException(
                "%s or %s has changed since it was dubbed"
                    .formatted(row.getVideo(), row.getOutput()));
          }
          RgbImage before = Still.read(sources, frame);
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
    } catch (IOException | RuntimeException e) {
      log.debug("{}: no pictures for the report", row.getId(), e);
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
