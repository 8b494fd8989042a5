package io.latentsync.job;

import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import io.latentsync.sql.FaceTrackFunction;
import io.latentsync.sql.LocalFiles;
import io.latentsync.sql.SyncMeasureFunction;
import io.latentsync.sql.VideoProbeFunction;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.SparkSession;

/**
 * Functions of Spark SQL and DataFrames that measure videos: {@link VideoProbeFunction
 * video_probe}, {@link FaceTrackFunction face_track} and {@link SyncMeasureFunction sync_measure}.
 * A path may be local to the executor or on any Hadoop file system.
 */
public final class SqlFunctions {
  /** Name of the function with two arguments that {@code sync_measure} calls. */
  private static final String SYNC_MEASURE_OF = SyncMeasureFunction.NAME + "_of";

  private SqlFunctions() {}

  /** Registers the functions in a session. */
  public static void register(SparkSession spark) {
    LocalFiles files = () -> new Folder(Scratch.temporary());
    spark
        .udf()
        .register(VideoProbeFunction.NAME, new VideoProbeFunction(files), VideoProbeFunction.TYPE);
    spark
        .udf()
        .register(FaceTrackFunction.NAME, new FaceTrackFunction(files), FaceTrackFunction.TYPE);
    spark.udf().register(SYNC_MEASURE_OF, new SyncMeasureFunction(files), SyncMeasureFunction.TYPE);
    // Only a function that is written in SQL can have an optional argument.
    spark.sql(
        "CREATE OR REPLACE TEMPORARY FUNCTION %s(video STRING, audio STRING DEFAULT NULL) RETURNS %s RETURN %s(video, audio)"
            .formatted(SyncMeasureFunction.NAME, SyncMeasureFunction.TYPE.sql(), SYNC_MEASURE_OF));
  }

  /** Copies in a scratch folder, or in the node's cache. */
  private record Folder(Scratch folder) implements LocalFiles.Folder {
    @Override
    public Path file(String location) throws IOException {
      return folder.input(new Location(location), SparkHadoopUtil.get().conf());
    }

    @Override
    public Path scratch() {
      return folder.folder();
    }

    @Override
    public void close() throws IOException {
      folder.close();
    }
  }
}
