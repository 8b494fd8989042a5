package io.latentsync.job;

import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FaceDetector;
import io.latentsync.face.detect.FaceDetectors;
import io.latentsync.face.detect.FacePoints;
import io.latentsync.face.track.VideoOrientation;
import io.latentsync.job.staging.StagedSpeech;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import io.latentsync.media.VideoFrame;
import io.latentsync.media.VideoProbe;
import io.latentsync.media.VideoReader;
import io.latentsync.model.sync.SyncEvaluation;
import io.latentsync.model.sync.SyncMeasure;
import io.latentsync.model.sync.SyncReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * What the job finds out about videos, as functions of Spark SQL and DataFrames. A path is local to
 * the executor or of any Hadoop file system; of NULL comes NULL; a file that cannot be read fails
 * the query.
 *
 * <ul>
 *   <li>{@code video_probe(path)}: width and height of the upright picture, frame_rate of the
 *       source, frames at 25 fps, seconds, codec.
 *   <li>{@code face_track(path)}: for each frame at 25 fps the largest face: frame, score in [0,1],
 *       and the points that it is aligned by, left_x … nose_y in pixels; NULL where there is none.
 *   <li>{@code sync_measure(video[, audio])}: how well the lips follow the speech of another file,
 *       or the video's own: frames with picture and sound, faces and mouths seen in them; the lag
 *       in frames (positive: the picture is late) of the largest correlation of the mouth's opening
 *       with the speech's envelope, that correlation, and correlation_at_0; NULL where there is too
 *       little to measure. See {@link io.latentsync.model.sync.SyncMeasure}.
 * </ul>
 */
public final class SqlFunctions {
  private static final StructType PROBE =
      new StructType()
          .add("width", DataTypes.IntegerType)
          .add("height", DataTypes.IntegerType)
          .add("frame_rate", DataTypes.DoubleType)
          .add("frames", DataTypes.IntegerType)
          .add("seconds", DataTypes.DoubleType)
          .add("codec", DataTypes.StringType);

  private static final ArrayType FACES =
      DataTypes.createArrayType(
          new StructType()
              .add("frame", DataTypes.IntegerType)
              .add("score", DataTypes.FloatType)
              .add("left_x", DataTypes.FloatType)
              .add("left_y", DataTypes.FloatType)
              .add("right_x", DataTypes.FloatType)
              .add("right_y", DataTypes.FloatType)
              .add("nose_x", DataTypes.FloatType)
              .add("nose_y", DataTypes.FloatType));

  private static final StructType SYNC =
      new StructType()
          .add("frames", DataTypes.IntegerType)
          .add("faces", DataTypes.IntegerType)
          .add("mouths", DataTypes.IntegerType)
          .add("lag", DataTypes.IntegerType)
          .add("correlation", DataTypes.DoubleType)
          .add("correlation_at_0", DataTypes.DoubleType);

  private SqlFunctions() {}

  /** Makes the functions known to a session. */
  public static void register(SparkSession spark) {
    register(spark, "video_probe", SqlFunctions::probe, PROBE);
    register(spark, "face_track", SqlFunctions::faces, FACES);
    UDF2<String, String, Row> sync =
        (video, audio) ->
            video == null
                ? null
                : sync(new Location(video), new Location(audio == null ? video : audio));
    spark.udf().register("sync_measure_of", sync, SYNC);
    // Only a function that is written in SQL can have an argument that may be left out.
    spark.sql(
        "CREATE OR REPLACE TEMPORARY FUNCTION sync_measure(video STRING, audio STRING DEFAULT NULL)"
            + " RETURNS %s RETURN sync_measure_of(video, audio)".formatted(SYNC.sql()));
  }

  /** What is computed from a local copy of a file. */
  @FunctionalInterface
  private interface FileFunction<T> extends java.io.Serializable {
    T of(Path file) throws IOException;
  }

  private static <T> void register(
      SparkSession spark, String name, FileFunction<T> function, DataType type) {
    UDF1<String, T> udf = path -> path == null ? null : onLocalCopy(new Location(path), function);
    spark.udf().register(name, udf, type);
  }

  private static <T> T onLocalCopy(Location location, FileFunction<T> function) throws IOException {
    try (Scratch scratch = Scratch.temporary()) {
      return function.of(scratch.input(location, SparkHadoopUtil.get().conf()));
    }
  }

  private static Row probe(Path file) throws IOException {
    VideoProbe probe = VideoProbe.of(file);
    return RowFactory.create(
        probe.width(),
        probe.height(),
        probe.sourceFrameRate(),
        probe.frames(),
        probe.durationSeconds(),
        probe.codec());
  }

  private static List<Row> faces(Path file) throws IOException {
    VideoProbe probe = VideoProbe.of(file);
    List<Row> rows = new ArrayList<>();
    try (VideoReader reader = VideoReader.open(file, probe);
        FaceDetector detector = FaceDetectors.open()) {
      FaceDetector upright =
          VideoOrientation.of(reader, probe.frames(), detector).upright(detector);
      for (int i = 0; i < probe.frames(); i++) {
        try (VideoFrame frame = reader.read(i)) {
          rows.add(row(i, upright.detectLargest(frame.toRgb())));
        }
      }
    }
    return rows;
  }

  private static Row sync(Location video, Location audio) throws IOException {
    Configuration hadoop = SparkHadoopUtil.get().conf();
    try (Scratch scratch = Scratch.temporary()) {
      Path file = scratch.input(video, hadoop);
      Path pcm = scratch.folder().resolve("speech.pcm");
      StagedSpeech.decode(audio.name(), scratch.input(audio, hadoop), pcm);
      try (StagedSpeech speech = StagedSpeech.open(new Location(pcm.toString()), hadoop)) {
        SyncEvaluation.Result result =
            new SyncEvaluation(file, VideoProbe.of(file), speech, () -> {})
                .measure(Optional.empty());
        Optional<SyncMeasure> measure = result.sync().flatMap(SyncReport::video);
        return RowFactory.create(
            result.frames(),
            result.faces(),
            result.sync().map(SyncReport::mouths).orElse(null),
            measure.map(SyncMeasure::lag).orElse(null),
            measure.map(SyncMeasure::correlation).orElse(null),
            measure.map(SyncMeasure::correlationInPlace).orElse(null));
      }
    }
  }

  private static Row row(int frame, Optional<DetectedFace> face) {
    if (face.isEmpty()) {
      return RowFactory.create(frame, null, null, null, null, null, null, null);
    }
    FacePoints p = face.get().points();
    return RowFactory.create(
        frame,
        face.get().score(),
        p.leftX(),
        p.leftY(),
        p.rightX(),
        p.rightY(),
        p.noseX(),
        p.noseY());
  }
}
