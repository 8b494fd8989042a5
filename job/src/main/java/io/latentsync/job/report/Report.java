package io.latentsync.job.report;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import freemarker.template.Configuration;
import freemarker.template.TemplateException;
import freemarker.template.TemplateExceptionHandler;
import io.latentsync.job.profile.ProfilePage;
import io.latentsync.job.request.SyncOptions;
import io.latentsync.job.result.Results;
import io.latentsync.job.storage.Location;
import io.latentsync.record.RequestResult;
import io.latentsync.record.RunResult;
import io.latentsync.record.SegmentResult;
import io.latentsync.record.StageSeconds;
import io.latentsync.record.SyncScale;
import io.latentsync.text.Printable;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The report of a batch: one self-contained HTML file, made from the rows of {@link Results} with
 * the template {@code report.ftlh}.
 */
public final class Report {
  /** The file's name in the report's folder. */
  public static final String FILE = "report.html";

  private static final JsonMapper JSON = new JsonMapper();

  /** Requests that need attention are first. */
  private static final List<String> ORDER =
      List.of("failed", "interrupted", "skipped", "done", "kept");

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("EEEE d MMMM yyyy, HH:mm 'UTC'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  private Report() {}

  /**
   * Writes the report and replaces an existing one.
   *
   * @param rows rows of the report, in order
   * @param run the run that wrote them
   * @param stills stills by request id; may lack requests
   * @param profile profile of the run; empty if it was not profiled
   * @throws IOException if the folder cannot be written to
   */
  public static void write(
      List<RequestResult> rows,
      RunResult run,
      Map<String, Stills> stills,
      Optional<ProfilePage> profile,
      Location folder,
      org.apache.hadoop.conf.Configuration configuration)
      throws IOException {
    folder
        .child(FILE)
        .commit(
            configuration,
            html(rows, run, stills, profile, folder).getBytes(StandardCharsets.UTF_8));
  }

  private static String html(
      List<RequestResult> rows,
      RunResult run,
      Map<String, Stills> stills,
      Optional<ProfilePage> profile,
      Location folder)
      throws IOException {
    List<RequestResult> sorted =
        rows.stream()
            .sorted(Comparator.comparingInt(row -> ORDER.indexOf(RunTotals.status(row))))
            .toList();
    ArrayNode requests = Results.json(sorted);
    for (int i = 0; i < sorted.size(); i++) {
      describe(
          (ObjectNode) requests.get(i),
          sorted.get(i),
          Optional.ofNullable(stills.get(sorted.get(i).getId())),
          folder);
    }
    Map<String, Object> model = new HashMap<>();
    model.put("requests", JSON.convertValue(requests, new TypeReference<List<Object>>() {}));
    ObjectNode facts = (ObjectNode) JSON.readTree(run.toString());
    shown(facts);
    model.put("run", JSON.convertValue(facts, new TypeReference<Map<String, Object>>() {}));
    model.put("started", TIME.format(run.getStarted()));
    model.put("ended", TIME.format(run.getEnded()));
    model.put("runSeconds", Duration.between(run.getStarted(), run.getEnded()).toMillis() / 1000.0);
    model.put("totals", RunTotals.of(rows));
    model.put("statuses", statuses(sorted));
    profile.ifPresent(page -> model.put("profile", page));
    model.put("chartLeft", SyncChart.LEFT);
    model.put("chartWidth", SyncChart.WIDTH);
    model.put("chartUnit", SyncChart.UNIT);
    model.put("chartZero", SyncChart.ZERO);
    return fill(model);
  }

  /** The number of requests of each status that occurs, failures first. */
  private static Map<String, Long> statuses(List<RequestResult> sorted) {
    return sorted.stream()
        .collect(
            Collectors.groupingBy(RunTotals::status, LinkedHashMap::new, Collectors.counting()));
  }

  private static void describe(
      ObjectNode request, RequestResult row, Optional<Stills> stills, Location folder) {
    request.remove("run");
    shown(request);
    request.put("shown", RunTotals.status(row));
    if (RunTotals.hasVideo(row)) {
      RelativeLink.of(folder, new Location(row.getOutput()))
          .ifPresent(link -> request.put("link", link));
      request.put("videoSeconds", row.getFrames() / row.getFrameRate());
    }
    StageSeconds seconds = row.getSeconds();
    Stream.of(
            seconds.getPlan(),
            seconds.getAnalyse(),
            seconds.getSpeech(),
            seconds.getSynthesise(),
            seconds.getStitch(),
            seconds.getValidate())
        .filter(Objects::nonNull)
        .reduce(Double::sum)
        .ifPresent(total -> request.put("totalSeconds", total));
    double compute = RunTotals.computePerSecond(row);
    if (Double.isFinite(compute)) {
      request.put("computePerSecond", compute);
    }
    request.put("reusedSegments", RunTotals.count(row, SegmentResult::getReused));
    request.put("retriedSegments", RunTotals.count(row, segment -> segment.getAttempt() > 0));
    if (row.getMinSync() != null) {
      request.put("minSyncText", SyncOptions.text(row.getMinSync(), row.getMinSyncScale()));
      request.put("lowSegments", RunTotals.low(row));
      if (row.getMinSyncScale() == SyncScale.correlation) {
        request.put("minSyncY", SyncChart.y(row.getMinSync()));
      }
    }
    if (!row.getSegments().isEmpty() && row.getFrameRate() != null) {
      request.set("chart", JSON.valueToTree(SyncChart.of(row.getSegments(), row.getFrameRate())));
    }
    stills.ifPresent(pictures -> request.set("stills", shown(JSON.valueToTree(pictures))));
  }

  /** Replaces control characters by visible text, except the line breaks of a reason. */
  private static JsonNode shown(JsonNode value) {
    if (value.isTextual()) {
      return TextNode.valueOf(
          value.textValue().lines().map(Printable::line).collect(Collectors.joining("\n")));
    }
    if (value instanceof ObjectNode object) {
      object.properties().forEach(field -> field.setValue(shown(field.getValue())));
    } else if (value instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        array.set(i, shown(array.get(i)));
      }
    }
    return value;
  }

  private static String fill(Map<String, Object> model) throws IOException {
    Configuration templates = new Configuration(Configuration.VERSION_2_3_34);
    templates.setClassForTemplateLoading(Report.class, "");
    templates.setDefaultEncoding(StandardCharsets.UTF_8.name());
    templates.setLocale(Locale.ROOT);
    templates.setTemplateExceptionHandler(TemplateExceptionHandler.RETHROW_HANDLER);
    templates.setLogTemplateExceptions(false);
    StringWriter html = new StringWriter();
    try {
      templates.getTemplate("report.ftlh").process(model, html);
    } catch (TemplateException e) {
      throw new IllegalStateException("report.ftlh does not fit the results", e);
    }
    return html.toString();
  }
}
