package io.latentsync.job.result;

import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.latentsync.job.failure.FailureReason;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.staging.Staging;
import io.latentsync.job.storage.Location;
import io.latentsync.record.RequestResult;
import io.latentsync.record.RequestStatus;
import io.latentsync.record.RunResult;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.file.DataFileStream;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.hadoop.conf.Configuration;

/**
 * The results of a batch, for other programs and for later runs of the batch. {@code results.avro}
 * grows with each finished request. At the end of the batch, the same rows are written as {@code
 * results.json}, an array, and {@code results.jsonl}, one line per row.
 */
public final class Results {
  private static final JsonMapper JSON =
      JsonMapper.builder(new JsonFactoryBuilder().characterEscapes(new VisibleJson()).build())
          .build();
  private static final String AVRO = "results.avro";
  private static final String JSON_FILE = "results.json";
  private static final String JSON_LINES = "results.jsonl";

  /** In the options of a run. */
  private static final String MANIFEST = "--manifest=";

  private final Optional<Location> folder;
  private final Configuration configuration;

  /** All results of earlier runs, by id. */
  private final Map<String, RequestResult> earlierById = new LinkedHashMap<>();

  /** Results of earlier runs that describe an output, by fingerprint. */
  private final Map<String, RequestResult> earlier = new HashMap<>();

  /** Results of this run, by id. */
  private final Map<String, RequestResult> finished = new LinkedHashMap<>();

  private Results(Optional<Location> folder, Configuration configuration) {
    this.folder = folder;
    this.configuration = configuration;
  }

  /**
   * Results without those of earlier runs.
   *
   * @param folder output folder; empty: nothing is written
   */
  public static Results fresh(Optional<Location> folder, Configuration configuration) {
    return new Results(folder, configuration);
  }

  /**
   * Results that continue those of an earlier run, if the folder has any.
   *
   * @throws InvalidInputException if {@code results.avro} is not a file of results
   */
  public static Results resumed(Location folder, Configuration configuration) throws IOException {
    Results results = new Results(Optional.of(folder), configuration);
    Location file = folder.child(AVRO);
    if (file.exists(configuration)) {
      try (InputStream in = file.fileSystem(configuration).open(file.hadoopPath());
          DataFileStream<RequestResult> rows =
              new DataFileStream<>(in, new SpecificDatumReader<>(RequestResult.class))) {
        for (RequestResult row : rows) {
          results.earlierById.put(row.getId(), row);
          if (hasOutput(row)) {
            results.earlier.put(row.getFingerprint(), row);
          }
        }
      } catch (IOException | AvroRuntimeException e) {
        throw new InvalidInputException(
            "--report_dir: %s is not a file of results (%s); remove it, or name another folder"
                .formatted(file, FailureReason.withoutFile(e)),
            e);
      }
    }
    return results;
  }

  /**
   * Whether a folder has the results of another manifest that is still there.
   *
   * @param manifest in this folder, or in the folder that contains it
   * @throws IOException if the folder cannot be reached
   */
  public static boolean areOfAnother(
      Location manifest, Location folder, Configuration configuration) throws IOException {
    boolean another = false;
    if (folder.child(AVRO).exists(configuration)) {
      for (RequestResult row : resumed(folder, configuration).earlierById.values()) {
        Optional<String> name = row.getRun() == null ? Optional.empty() : manifestOf(row.getRun());
        if (name.equals(Optional.of(manifest.fileName()))) {
          return false;
        }
        another |= name.isPresent() && manifest.parent().child(name.get()).exists(configuration);
      }
    }
    return another;
  }

  /** The name of the manifest's file; empty for a single video. */
  private static Optional<String> manifestOf(RunResult run) {
    return run.getOptions().stream()
        .filter(option -> option.startsWith(MANIFEST))
        .map(option -> new Location(option.substring(MANIFEST.length())).fileName())
        .findFirst();
  }

  /** The status of a request in the last run that did not skip it; null if all runs skipped it. */
  private static RequestStatus lastStatus(RequestResult row) {
    return row.getStatus() == RequestStatus.skipped ? row.getLastStatus() : row.getStatus();
  }

  private static boolean hasOutput(RequestResult row) {
    return lastStatus(row) == RequestStatus.done || lastStatus(row) == RequestStatus.kept;
  }

  /** Whether a request failed in the last run that did not skip it. */
  public boolean failedBefore(String id) {
    RequestResult row = earlierById.get(id);
    return row != null && lastStatus(row) == RequestStatus.failed;
  }

  /** The files of the results in a folder. */
  public static List<Location> files(Location folder) {
    return List.of(folder.child(AVRO), folder.child(JSON_FILE), folder.child(JSON_LINES));
  }

  /**
   * The result of an earlier run with the same inputs and options, if its output is unchanged.
   *
   * @return the result row of that run
   * @throws IOException if the output cannot be read
   */
  public synchronized Optional<RequestResult> finished(DubRequest request, String fingerprint)
      throws IOException {
    Optional<RequestResult> row = unchanged(request, fingerprint);
    if (row.isEmpty()) {
      return Optional.empty();
    }
    RequestResult.Builder again = kept(row.get(), request);
    OutcomeRow.mark(again, request.sync());
    RequestResult kept = again.build();
    finished.put(request.id(), kept);
    return Optional.of(kept);
  }

  private Optional<RequestResult> unchanged(DubRequest request, String fingerprint)
      throws IOException {
    RequestResult row = earlier.get(fingerprint);
    return row != null
            && request.output().exists(configuration)
            && request.output().state(configuration).equals(row.getOutputState())
        ? Optional.of(row)
        : Optional.empty();
  }

  /**
   * Whether earlier runs have made the outputs of all requests from the same inputs with the same
   * options. Reads no file's contents.
   *
   * @throws IOException if a file cannot be reached
   */
  public synchronized boolean isFinished(List<DubRequest> requests) throws IOException {
    for (DubRequest request : requests) {
      // Any folder will do: no file in it is read.
      Staging staging = Staging.of(request, request.output().parent(), configuration);
      if (unchanged(request, OutputFingerprint.of(request, staging, configuration)).isEmpty()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Records a finished request, so that the next run skips it even if this run is killed. The file
   * keeps the rows of the other requests.
   *
   * @throws IOException if the folder cannot be written to
   */
  public synchronized void add(Outcome.Done done) throws IOException {
    finished.put(done.request().id(), OutcomeRow.of(done));
    if (folder.isPresent()) {
      Map<String, RequestResult> rows = new LinkedHashMap<>(earlierById);
      rows.putAll(finished);
      writeAvro(rows.values(), folder.get());
    }
  }

  /**
   * Ends the batch: writes all files and replaces existing ones.
   *
   * @param run description of the run, a field of each row
   * @return the rows, in the order of the outcomes
   * @throws IOException if the folder cannot be written to
   */
  public List<RequestResult> finish(List<Outcome> outcomes, RunResult run) throws IOException {
    List<RequestResult> rows =
        outcomes.stream()
            .map(outcome -> RequestResult.newBuilder(lasting(outcome)).setRun(run).build())
            .toList();
    if (folder.isPresent()) {
      writeAvro(rows, folder.get());
      ArrayNode json = json(rows);
      StringBuilder lines = new StringBuilder();
      for (JsonNode row : json) {
        lines.append(JSON.writeValueAsString(row)).append('\n');
      }
      write(JSON_FILE, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(json));
      write(JSON_LINES, lines.toString().getBytes(StandardCharsets.UTF_8));
    }
    return rows;
  }

  private void write(String file, byte[] contents) throws IOException {
    folder.orElseThrow().child(file).commit(configuration, contents);
  }

  /**
   * The row of an outcome. A skipped request keeps its row of an earlier run. So does a request
   * that an interrupted run did not start, so that the next run finds the row.
   */
  private RequestResult lasting(Outcome outcome) {
    RequestResult last = earlierById.get(outcome.request().id());
    if (outcome instanceof Outcome.Skipped && last != null) {
      return RequestResult.newBuilder(last)
          .setStatus(RequestStatus.skipped)
          .setLastStatus(lastStatus(last))
          .setKept(false)
          .build();
    }
    Optional<RequestResult> before =
        outcome instanceof Outcome.Interrupted interrupted && interrupted.times().isEmpty()
            ? earlier.values().stream()
                .filter(row -> row.getOutput().equals(outcome.request().output().name()))
                .findFirst()
            : Optional.empty();
    return before
        .map(row -> kept(row, outcome.request()).build())
        .orElseGet(() -> OutcomeRow.of(outcome));
  }

  private static RequestResult.Builder kept(RequestResult row, DubRequest request) {
    return RequestResult.newBuilder(row)
        .setId(request.id())
        .setStatus(RequestStatus.kept)
        .setLastStatus(null)
        .setKept(true);
  }

  /** The rows as in {@code results.json}. */
  public static ArrayNode json(Collection<RequestResult> rows) throws IOException {
    ArrayNode array = JSON.createArrayNode();
    for (RequestResult row : rows) {
      // Avro renders a row as JSON.
      array.add(JSON.readTree(row.toString()));
    }
    return array;
  }

  private void writeAvro(Collection<RequestResult> rows, Location target) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataFileWriter<RequestResult> writer =
        new DataFileWriter<>(new SpecificDatumWriter<>(RequestResult.class))) {
      writer.create(RequestResult.getClassSchema(), bytes);
      for (RequestResult row : rows) {
        writer.append(row);
      }
    }
    target.child(AVRO).commit(configuration, bytes.toByteArray());
  }
}
