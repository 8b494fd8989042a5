package io.latentsync.job;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.latentsync.record.RequestResult;
import io.latentsync.record.RequestStatus;
import io.latentsync.record.StageSeconds;
import io.latentsync.record.SyncResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.commons.io.FileUtils;
import org.apache.hadoop.conf.Configuration;

/**
 * What became of a batch, for other programs to read: {@code results.avro}, and the same rows as
 * {@code results.json}.
 */
final class Results {
  private static final JsonMapper JSON = new JsonMapper();

  private Results() {}

  /**
   * Writes both files, over those that are there.
   *
   * @throws IOException if the folder cannot be written to
   */
  static void write(List<Outcome> outcomes, Location folder, Configuration configuration)
      throws IOException {
    List<RequestResult> rows = outcomes.stream().map(Results::row).toList();
    Path scratch = Files.createTempDirectory("latentsync-results-");
    try {
      Path avro = scratch.resolve("results.avro");
      try (DataFileWriter<RequestResult> writer =
          new DataFileWriter<>(new SpecificDatumWriter<>(RequestResult.class))) {
        writer.create(RequestResult.getClassSchema(), avro.toFile());
        for (RequestResult row : rows) {
          writer.append(row);
        }
      }
      folder.child("results.avro").commit(configuration, avro);

      ArrayNode array = JSON.createArrayNode();
      for (RequestResult row : rows) {
        // Avro renders a row as JSON.
        array.add(JSON.readTree(row.toString()));
      }
      Path json = scratch.resolve("results.json");
      JSON.writerWithDefaultPrettyPrinter().writeValue(json.toFile(), array);
      folder.child("results.json").commit(configuration, json);
    } finally {
      FileUtils.deleteDirectory(scratch.toFile());
    }
  }

  private static RequestResult row(Outcome outcome) {
    DubRequest request = outcome.request();
    Optional<Summary> summary =
        outcome instanceof Outcome.Done done ? Optional.of(done.summary()) : Optional.empty();
    String reason =
        outcome instanceof Outcome.Failed failed ? FailureReason.of(failed.cause()).text() : null;
    return RequestResult.newBuilder()
        .setId(request.id())
        .setStatus(summary.isPresent() ? RequestStatus.done : RequestStatus.failed)
        .setReason(reason)
        .setVideo(request.video().name())
        .setAudio(request.audio().name())
        .setOutput(request.output().name())
        .setSeed(request.rendering().seed())
        .setFrames(summary.map(s -> s.playOrder().frames()).orElse(null))
        .setSeconds(seconds(outcome.times()))
        .setFramesPerSecond(summary.map(Summary::framesPerSecond).orElse(null))
        .setSync(
            summary
                .flatMap(Summary::sync)
                .flatMap(SyncReport::video)
                .map(m -> new SyncResult(m.lag(), m.correlation(), m.correlationInPlace()))
                .orElse(null))
        .build();
  }

  private static StageSeconds seconds(Map<Stage, Duration> times) {
    return new StageSeconds(
        seconds(times, Stage.PLAN),
        seconds(times, Stage.ANALYSE),
        seconds(times, Stage.SYNTHESISE),
        seconds(times, Stage.STITCH));
  }

  private static Double seconds(Map<Stage, Duration> times, Stage stage) {
    return times.containsKey(stage) ? times.get(stage).toMillis() / 1000.0 : null;
  }
}
