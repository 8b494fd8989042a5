package io.latentsync.sql;

import io.latentsync.media.video.VideoProbe;
import java.io.IOException;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * {@code video_probe(path)}: width and height of the upright picture, frame_rate of the source,
 * frames at 25 fps, seconds, codec. NULL in, NULL out; a file that cannot be read fails the query.
 */
public final class VideoProbeFunction implements UDF1<String, Row> {
  private static final long serialVersionUID = 1L;

  /** The name in SQL. */
  public static final String NAME = "video_probe";

  /** The result type. */
  public static final StructType TYPE =
      new StructType()
          .add("width", DataTypes.IntegerType)
          .add("height", DataTypes.IntegerType)
          .add("frame_rate", DataTypes.DoubleType)
          .add("frames", DataTypes.IntegerType)
          .add("seconds", DataTypes.DoubleType)
          .add("codec", DataTypes.StringType);

  private final LocalFiles files;

  /** A function that reads videos through these files. */
  public VideoProbeFunction(LocalFiles files) {
    this.files = files;
  }

  @Override
  public Row call(String path) throws IOException {
    if (path == null) {
      return null;
    }
    try (LocalFiles.Folder folder = files.open()) {
      VideoProbe probe = VideoProbe.of(folder.file(path));
      return RowFactory.create(
          probe.width(),
          probe.height(),
          probe.sourceFrameRate(),
          probe.frames(),
          probe.durationSeconds(),
          probe.codec());
    }
  }
}
