package io.latentsync.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.latentsync.face.detect.MediaPipeFaceDetector;
import io.latentsync.face.detect.Rotation;
import io.latentsync.job.testing.TurnedClip;
import io.latentsync.testing.FfmpegProgram;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On the sample clip of a synthetic head. */
@Tag("slow")
final class SqlFunctionsTest {
  /** Frames in 1.2 s; a measure needs the mouths of one second. */
  private static final int TURNED_FRAMES = 30;

  @TempDir static Path folder;
  private static SparkSession spark;

  @BeforeAll
  static void session() throws Exception {
    try (InputStream clip = SqlFunctionsTest.class.getResourceAsStream("/demo/clip1.mp4");
        InputStream speech = SqlFunctionsTest.class.getResourceAsStream("/demo/speech2.wav")) {
      Files.copy(clip, folder.resolve("a clip.mp4"));
      Files.copy(speech, folder.resolve("another speech.wav"));
    }
    spark =
        SparkSession.builder()
            .master("local[1]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.warehouse.dir", folder.resolve("warehouse").toString())
            .getOrCreate();
    SqlFunctions.register(spark);
    spark
        .createDataset(
            List.of(folder.resolve("a clip.mp4").toString()),
            org.apache.spark.sql.Encoders.STRING())
        .toDF("path")
        .createOrReplaceTempView("clips");
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @Test
  void aQueryReturnsThePropertiesOfAVideo() {
    Row row = spark.sql("SELECT p.* FROM (SELECT video_probe(path) AS p FROM clips)").first();
    assertThat(row.<Integer>getAs("width")).isEqualTo(512);
    assertThat(row.<String>getAs("codec")).isEqualTo("h264");
    assertThat(row.<Double>getAs("seconds")).isEqualTo(row.<Integer>getAs("frames") / 25.0);
  }

  @Test
  void aDataFrameHasTheFaceOfEachFrame() {
    Row row =
        spark
            .table("clips")
            .select(
                functions
                    .explode(functions.call_udf("face_track", functions.col("path")))
                    .as("face"))
            .selectExpr(
                "count(*) AS frames",
                "count(face.score) AS found",
                "min(face.right_x - face.left_x) AS narrowest")
            .first();
    assertThat(row.<Long>getAs("frames")).isGreaterThan(90);
    assertThat(row.<Long>getAs("found")).isEqualTo(row.<Long>getAs("frames"));
    assertThat(row.<Float>getAs("narrowest")).isPositive();
  }

  @Test
  void theLipsFollowTheirOwnSpeechAndNotAnother() {
    Row row =
        spark
            .table("clips")
            .selectExpr(
                "sync_measure(path) AS own",
                "sync_measure(path, '%s') AS other".formatted(folder.resolve("another speech.wav")))
            .select("own.*", "other.correlation_at_0")
            .first();
    assertThat(row.getInt(0)).as("frames").isGreaterThan(90);
    assertThat(row.getInt(1)).as("faces").isEqualTo(row.getInt(0));
    assumeTrue(MediaPipeFaceDetector.available(), "skipped: this build has no face mesh");
    assertThat(row.getInt(2)).as("mouths").isEqualTo(row.getInt(0));
    assertThat(row.getInt(3)).as("lag").isBetween(-2, 2);
    assertThat(row.getDouble(4)).as("correlation").isGreaterThan(0.4);
    assertThat(row.getDouble(5)).as("at 0").isBetween(row.getDouble(6) + 0.1, row.getDouble(4));
  }

  @Test
  void theFacesOfAnUpsideDownVideoAreAtTheirPlaces() throws Exception {
    assumeTrue(MediaPipeFaceDetector.available(), "skipped: built without MediaPipe's models");
    List<Row> standing = points(TurnedClip.of(folder, TURNED_FRAMES, Rotation.NONE, 0));
    List<Row> turned = points(TurnedClip.of(folder, TURNED_FRAMES, Rotation.HALF, 0));
    assertThat(turned).hasSize(TURNED_FRAMES);
    for (int i = 0; i < TURNED_FRAMES; i++) {
      for (int coordinate = 0; coordinate < 6; coordinate++) {
        // The picture has as many rows as columns, 512.
        assertThat(turned.get(i).getFloat(coordinate))
            .isCloseTo(511 - standing.get(i).getFloat(coordinate), within(2f));
      }
    }
  }

  private static List<Row> points(Path video) {
    return spark
        .sql(
            "SELECT f.left_x, f.left_y, f.right_x, f.right_y, f.nose_x, f.nose_y"
                + " FROM (SELECT explode(face_track('%s')) AS f) ORDER BY f.frame".formatted(video))
        .collectAsList();
  }

  @Test
  void theMouthsOfAnUpsideDownVideoAreMeasuredLikeUprightOnes() throws Exception {
    assumeTrue(MediaPipeFaceDetector.available(), "skipped: built without MediaPipe's models");
    Path speech = TurnedClip.standing(folder);
    Row standing = sync(TurnedClip.of(folder, TURNED_FRAMES, Rotation.NONE, 0), speech);
    Row turned = sync(TurnedClip.of(folder, TURNED_FRAMES, Rotation.HALF, 0), speech);
    assertThat(turned.<Integer>getAs("mouths")).isEqualTo(TURNED_FRAMES);
    assertThat(turned.<Double>getAs("correlation_at_0"))
        .isCloseTo(standing.<Double>getAs("correlation_at_0"), within(0.1));
  }

  private static Row sync(Path video, Path speech) {
    return spark
        .sql("SELECT s.* FROM (SELECT sync_measure('%s', '%s') AS s)".formatted(video, speech))
        .first();
  }

  @Test
  void theQueriesOfTheReadmeRun() {
    assertThat(
            spark
                .sql(
                    "SELECT path, p.frames, p.frame_rate, p.codec"
                        + " FROM (SELECT path, video_probe(path) AS p FROM clips)")
                .count())
        .isEqualTo(1);
    assertThat(
            spark
                .sql(
                    "SELECT path, f.frame, f.left_x, f.left_y"
                        + " FROM clips LATERAL VIEW explode(face_track(path)) AS f LIMIT 30")
                .count())
        .isEqualTo(30);
    assertThat(
            spark
                .sql(
                    "SELECT path, s.lag, s.correlation, s.correlation_at_0, s.faces / s.frames"
                        + " FROM (SELECT path, sync_measure(path) AS s FROM clips)")
                .count())
        .isEqualTo(1);
  }

  @Test
  void aVideoWithoutAFaceHasNoMeasure() {
    Path faceless = folder.resolve("faceless.mp4");
    FfmpegProgram.ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=320x240:rate=25",
        "-f",
        "lavfi",
        "-i",
        "sine",
        "-t",
        "0.4",
        faceless.toString());
    Row row =
        spark.sql("SELECT s.* FROM (SELECT sync_measure('%s') AS s)".formatted(faceless)).first();
    assertThat(row.<Integer>getAs("frames")).isEqualTo(10);
    assertThat(row.<Integer>getAs("faces")).isZero();
    assertThat(row.<Integer>getAs("lag")).isNull();
    assertThat(row.<Double>getAs("correlation")).isNull();
  }

  @Test
  void nullInNullOutAndAMissingFileIsReported() {
    assertThat(spark.sql("SELECT video_probe(NULL)").first().isNullAt(0)).isTrue();
    assertThat(spark.sql("SELECT sync_measure(NULL)").first().isNullAt(0)).isTrue();
    assertThatThrownBy(() -> spark.sql("SELECT sync_measure('/not/there.mp4')").first())
        .hasStackTraceContaining("/not/there.mp4: no such file");
    assertThatThrownBy(() -> spark.sql("SELECT video_probe('/not/there.mp4')").first())
        .hasStackTraceContaining("/not/there.mp4: no such file");
  }
}
