package io.latentsync.job;

import io.latentsync.face.DetectedFace;
import io.latentsync.face.FaceDetector;
import io.latentsync.face.FaceDetectors;
import io.latentsync.face.FacePoints;
import io.latentsync.media.VideoFrame;
import io.latentsync.media.VideoProbe;
import io.latentsync.media.VideoReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
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

  private SqlFunctions() {}

  /** Makes the functions known to a session. */
  public static void register(SparkSession spark) {
    register(spark, "video_probe", SqlFunctions::probe, PROBE);
    register(spark, "face_track", SqlFunctions::faces, FACES);
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
      for (int i = 0; i < probe.frames(); i++) {
        try (VideoFrame frame = reader.read(i)) {
          rows.add(row(i, detector.detectLargest(frame.toRgb())));
        }
      }
    }
    return rows;
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
