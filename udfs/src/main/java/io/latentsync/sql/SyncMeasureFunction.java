package io.latentsync.sql;

import io.latentsync.audio.PcmFile;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.model.sync.SyncEvaluation;
import io.latentsync.model.sync.SyncMeasure;
import io.latentsync.model.sync.SyncReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * {@code sync_measure(video[, audio])}: how well the lips follow the speech of another file or the
 * video's own sound. Columns: the numbers of frames with picture and sound, of faces and of mouths;
 * the lag in frames (positive: the picture is late) with the largest correlation of mouth opening
 * and speech envelope, that correlation, and correlation_at_0. The last three are NULL if there are
 * too few values, and so are the mouths if this build has no face mesh. A NULL video gives NULL; a
 * file that cannot be read fails the query. See {@link SyncMeasure}.
 */
public final class SyncMeasureFunction implements UDF2<String, String, Row> {
  private static final long serialVersionUID = 1L;

  /** The name in SQL. */
  public static final String NAME = "sync_measure";

  /** The result type. */
  public static final StructType TYPE =
      new StructType()
          .add("frames", DataTypes.IntegerType)
          .add("faces", DataTypes.IntegerType)
          .add("mouths", DataTypes.IntegerType)
          .add("lag", DataTypes.IntegerType)
          .add("correlation", DataTypes.DoubleType)
          .add("correlation_at_0", DataTypes.DoubleType);

  private final LocalFiles files;

  /** A function that reads videos and sound through these files. */
  public SyncMeasureFunction(LocalFiles files) {
    this.files = files;
  }

  @Override
  public Row call(String video, String audio) throws IOException {
    if (video == null) {
      return null;
    }
    String sound = audio == null ? video : audio;
    try (LocalFiles.Folder folder = files.open()) {
      Path pcm = folder.scratch().resolve("speech.pcm");
      PcmFile.decode(folder.file(sound), pcm);
      try (PcmFile speech = PcmFile.open(pcm)) {
        Path file = folder.file(video);
        return row(
            new SyncEvaluation(file, VideoProbe.of(file), speech, Cancellation::check)
                .measure(Optional.empty()));
      }
    }
  }

  private static Row row(SyncEvaluation.Result result) {
    Optional<SyncMeasure> measure = result.sync().flatMap(SyncReport::video);
    return RowFactory.create(
        result.frames(),
        result.faces(),
        // Without the face mesh the number is unknown.
        result.faces() == 0
            ? Integer.valueOf(0)
            : result.sync().map(SyncReport::mouths).orElse(null),
        measure.map(SyncMeasure::lag).orElse(null),
        measure.map(SyncMeasure::correlation).orElse(null),
        measure.map(SyncMeasure::correlationInPlace).orElse(null));
  }
}
