package io.latentsync.job.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.InputCheck;
import io.latentsync.job.storage.Location;
import io.latentsync.job.testing.SampleResults;
import io.latentsync.record.RequestResult;
import io.latentsync.record.RequestStatus;
import io.latentsync.record.RunResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ResultsTableTest {
  @TempDir Path folder;
  private final Configuration configuration = new Configuration();

  private void append(RunResult run, RequestResult... rows) throws IOException {
    ResultsTable.append(List.of(rows), run, new Location(folder.toString()), configuration);
  }

  @Test
  @Tag("slow")
  void runsCanBeComparedInSparkSql() throws IOException {
    RunResult first = SampleResults.run("20261128T010000Z-00000001");
    first.setStarted(Instant.parse("2026-11-28T01:00:00.125Z"));
    RequestResult talk = SampleResults.dubbed("talk", 3);
    talk.getSync().setCorrelationInPlace(0.2);
    append(first, talk, SampleResults.failed("panel", "panel.mp4: no such file"));
    RequestResult again = SampleResults.dubbed("talk", 3);
    again.setKept(true);
    append(
        SampleResults.run("20261129T010000Z-00000002"),
        again,
        SampleResults.dubbed("panel", 2),
        SampleResults.notBegun("late", RequestStatus.interrupted));

    try (SparkSession spark =
        SparkSession.builder()
            .master("local[1]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.session.timeZone", "UTC")
            .getOrCreate()) {
      spark.read().parquet(folder.toString()).createOrReplaceTempView("nights");
      List<Row> nights =
          spark
              .sql(
                  """
                  SELECT run_id, count_if(status = 'failed') AS failed,
                         count_if(status IN ('done', 'kept')) AS dubbed,
                         sum(rendering_seconds) AS compute, min(run_started) AS started
                  FROM nights GROUP BY run_id ORDER BY started
                  """)
              .collectAsList();
      assertThat(nights).hasSize(2);
      assertThat(nights.get(0).getLong(1)).isEqualTo(1);
      assertThat(nights.get(1).getLong(1)).isZero();
      assertThat(nights.get(1).getLong(2)).isEqualTo(2);
      // Two of three segments; the third was already in staging.
      assertThat(nights.get(0).getDouble(3)).isEqualTo(25);
      assertThat(nights.get(1).getTimestamp(4))
          .isEqualTo(Timestamp.from(Instant.parse("2026-11-29T01:00:00.125Z")));

      Row change =
          spark
              .sql(
                  """
                  SELECT a.id, b.sync_r - a.sync_r, a.status, b.status, b.notes, b.model
                  FROM nights a JOIN nights b ON a.id = b.id AND a.run_id < b.run_id
                  WHERE a.id = 'talk'
                  """)
              .first();
      assertThat(change.getDouble(1)).isEqualTo(0.4 - 0.2);
      assertThat(change.getString(2)).isEqualTo("done");
      assertThat(change.getString(3)).isEqualTo("kept");
      assertThat(change.getList(4)).isEmpty();
      assertThat(change.getString(5)).isEqualTo("checkpoints/<latentsync>_unet.pt");
    }
  }

  @Test
  void aRunWithoutRequestsAddsNoRows() throws IOException {
    append(SampleResults.run("20261129T010000Z-00000002"));
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void aFolderWithOtherFilesIsRefused() throws IOException {
    append(SampleResults.run("20261129T010000Z-00000002"), SampleResults.dubbed("talk", 1));
    InputCheck check = new InputCheck(configuration);
    ResultsTable.check(check, new Location(folder.toString()), configuration);
    check.finish();

    Files.writeString(folder.resolve("notes.txt"), "mine");
    ResultsTable.check(check, new Location(folder.toString()), configuration);
    assertThatThrownBy(check::finish)
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "--results_table: the folder %s contains notes.txt, which is not a Parquet file;"
                    .formatted(folder)
                + " name an empty or new folder");
  }
}
