package io.latentsync.sql;

import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FaceDetector;
import io.latentsync.face.detect.FaceDetectors;
import io.latentsync.face.detect.FacePoints;
import io.latentsync.face.track.VideoOrientation;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * {@code face_track(path)}: the largest face of each frame at 25 fps: frame, score in [0,1], and
 * the alignment points left_x … nose_y in pixels; NULL in frames without a face. NULL in, NULL out;
 * a file that cannot be read fails the query.
 */
public final class FaceTrackFunction implements UDF1<String, List<Row>> {
  private static final long serialVersionUID = 1L;

  /** The name in SQL. */
  public static final String NAME = "face_track";

  /** The result type. */
  public static final ArrayType TYPE =
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

  private final LocalFiles files;

  /** A function that reads videos through these files. */
  public FaceTrackFunction(LocalFiles files) {
    this.files = files;
  }

  @Override
  public List<Row> call(String path) throws IOException {
    if (path == null) {
      return null;
    }
    try (LocalFiles.Folder folder = files.open()) {
      return track(folder.file(path));
    }
  }

  private static List<Row> track(Path video) throws IOException {
    VideoProbe probe = VideoProbe.of(video);
    List<Row> rows = new ArrayList<>();
    try (VideoReader reader = VideoReader.open(video, probe);
        FaceDetector detector = FaceDetectors.open()) {
      FaceDetector upright =
          VideoOrientation.of(reader, probe.frames(), detector).upright(detector);
      for (int i = 0; i < probe.frames(); i++) {
        Cancellation.check();
        try (VideoFrame frame = reader.read(i)) {
          rows.add(row(i, upright.detectLargest(frame.toRgb())));
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
