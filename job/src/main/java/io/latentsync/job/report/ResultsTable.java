package io.latentsync.job.report;

import io.latentsync.job.request.InputCheck;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import io.latentsync.record.RequestResult;
import io.latentsync.record.ResultsTableRow;
import io.latentsync.record.RunResult;
import io.latentsync.record.SegmentResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.avro.AvroParquetWriter;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;

/**
 * A folder of Parquet files, one for each run, with a row for each request. Spark reads it as a
 * table. The driver itself writes the file, so that the table also contains interrupted runs.
 */
public final class ResultsTable {
  private static final String NAME = "--results_table";
  private static final String PREFIX = "run-";
  private static final String SUFFIX = ".parquet";

  private ResultsTable() {}

  /** Checks the folder: it must be writable and contain no other files. */
  public static void check(InputCheck check, Location folder, Configuration configuration)
      throws IOException {
    if (!check.writableFolder(NAME, folder)) {
      return;
    }
    for (Location.Child child : folder.children(configuration)) {
      String name = child.location().fileName();
      // Spark ignores hidden files.
      if (!name.startsWith(".") && !name.startsWith("_") && !name.endsWith(SUFFIX)) {
        check.problem(
            "%s: the folder %s contains %s, which is not a Parquet file; name an empty or new folder"
                .formatted(NAME, folder, new Location(name)));
        return;
      }
    }
  }

  /**
   * Adds a run. Nothing is written for a run without requests.
   *
   * @param rows rows of the run, in order
   * @throws IOException if the folder cannot be written to
   */
  public static void append(
      List<RequestResult> rows, RunResult run, Location folder, Configuration configuration)
      throws IOException {
    if (rows.isEmpty()) {
      return;
    }
    try (Scratch scratch = Scratch.temporary()) {
      Path file = scratch.folder().resolve("rows" + SUFFIX);
      try (ParquetWriter<ResultsTableRow> writer =
          AvroParquetWriter.<ResultsTableRow>builder(new LocalOutputFile(file))
              .withSchema(ResultsTableRow.getClassSchema())
              .withDataModel(new ResultsTableRow().getSpecificData())
              // Hadoop's configuration would select the cluster's codecs.
              .withConf(new PlainParquetConfiguration())
              .withCompressionCodec(CompressionCodecName.SNAPPY)
              .build()) {
        for (RequestResult row : rows) {
          writer.write(row(row, run));
        }
      }
      folder.child(PREFIX + run.getId() + SUFFIX).commit(configuration, file);
    }
  }

  private static ResultsTableRow row(RequestResult row, RunResult run) {
    ResultsTableRow.Builder flat =
        ResultsTableRow.newBuilder()
            .setRunId(run.getId())
            .setRunStarted(run.getStarted())
            .setRunEnded(run.getEnded())
            .setApplication(run.getApplication())
            .setMaster(run.getMaster())
            .setExecutors(run.getExecutors())
            .setCores(run.getCores())
            .setGpus(run.getGpus())
            .setJobVersion(run.getVersion())
            .setModel(run.getModel())
            .setModelFingerprint(run.getModelFingerprint())
            .setDtype(run.getDtype())
            .setId(row.getId())
            .setStatus(RunTotals.status(row))
            .setReason(row.getReason())
            .setVideo(row.getVideo())
            .setAudio(row.getAudio())
            .setOutput(row.getOutput())
            .setFingerprint(row.getFingerprint())
            .setSeed(row.getSeed())
            .setSteps(row.getSteps())
            .setGuidance(row.getGuidance())
            .setFrames(row.getFrames())
            .setFrameRate(row.getFrameRate())
            .setSynthesisedFrames(row.getSynthesisedFrames())
            .setPlanSeconds(row.getSeconds().getPlan())
            .setAnalyseSeconds(row.getSeconds().getAnalyse())
            .setSpeechSeconds(row.getSeconds().getSpeech())
            .setSynthesiseSeconds(row.getSeconds().getSynthesise())
            .setQueuedSeconds(row.getQueuedSeconds())
            .setStitchSeconds(row.getSeconds().getStitch())
            .setSegments(row.getSegments().size())
            .setReusedSegments(RunTotals.count(row, SegmentResult::getReused))
            .setRetriedSegments(RunTotals.count(row, segment -> segment.getAttempt() > 0))
            .setLowSegments(RunTotals.low(row))
            .setNotes(row.getNotes())
            .setValidateSeconds(row.getSeconds().getValidate());
    if (row.getValidation() != null) {
      flat.setFindings(row.getValidation().getFindings()).setPsnr(row.getValidation().getPsnr());
    }
    if (RunTotals.hasVideo(row)) {
      flat.setVideoSeconds(row.getFrames() / row.getFrameRate())
          .setRenderingSeconds(RunTotals.computeSeconds(row));
    }
    if (row.getSync() != null) {
      flat.setSyncR(row.getSync().getCorrelationInPlace())
          .setSyncBestR(row.getSync().getCorrelation())
          .setSyncLag(row.getSync().getLag());
    }
    if (row.getSyncNet() != null) {
      flat.setSyncC(row.getSyncNet().getConfidence())
          .setSyncD(row.getSyncNet().getDistance())
          .setSyncOffset(row.getSyncNet().getOffset());
    }
    return flat.build();
  }
}
