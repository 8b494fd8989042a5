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
import io.latentsync.job.profile.ChartPicture;
import io.latentsync.job.request.SyncOptions;
import io.latentsync.job.run.Results;
import io.latentsync.job.storage.Location;
import io.latentsync.record.RequestResult;
import io.latentsync.record.SegmentResult;
import io.latentsync.record.SyncScale;
import io.latentsync.text.Printable;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The report of a batch: one self-contained HTML file, made from the rows of {@link Results} with
 * the template {@code report.ftlh}.
 */
public final class Report {
  /** The file's name in the report's folder. */
  public static final String FILE = "report.html";

  private static final JsonMapper JSON = new JsonMapper();

  private Report() {}

  /**
   * Writes the report and replaces an existing one.
   *
   * @param rows rows of the report, in order
   * @param stills stills by request id; may lack requests
   * @param charts of the profile, if one was made
   * @throws IOException if the folder cannot be written to
   */
  public static void write(
      List<RequestResult> rows,
      Map<String, Stills> stills,
      List<ChartPicture> charts,
      Location folder,
      org.apache.hadoop.conf.Configuration configuration)
      throws IOException {
    folder
        .child(FILE)
        .commit(configuration, html(rows, stills, charts).getBytes(StandardCharsets.UTF_8));
  }

  private static String html(
      List<RequestResult> rows, Map<String, Stills> stills, List<ChartPicture> charts)
      throws IOException {
    ArrayNode requests = Results.json(rows);
    for (int i = 0; i < rows.size(); i++) {
      RequestResult row = rows.get(i);
      ObjectNode request = (ObjectNode) requests.get(i);
      showHidden(request);
      List<SegmentResult> segments = row.getSegments();
      request.put("reusedSegments", segments.stream().filter(SegmentResult::getReused).count());
      request.put(
          "retriedSegments", segments.stream().filter(segment -> segment.getAttempt() > 0).count());
      if (row.getMinSync() != null) {
        request.put("minSyncText", SyncOptions.text(row.getMinSync(), row.getMinSyncScale()));
        request.put(
            "lowSegments", segments.stream().filter(SegmentResult::getBelowMinSync).count());
        if (row.getMinSyncScale() == SyncScale.correlation) {
          request.put("minSyncY", SyncChart.y(row.getMinSync()));
        }
      }
      if (!segments.isEmpty()) {
        request.set("chart", JSON.valueToTree(SyncChart.of(segments)));
      }
      if (stills.containsKey(row.getId())) {
        request.set("stills", JSON.valueToTree(stills.get(row.getId())));
      }
    }
    ObjectNode model = JSON.createObjectNode();
    model.set("requests", requests);
    ArrayNode profile = model.putArray("profile");
    charts.forEach(
        chart -> profile.addObject().put("caption", chart.caption()).put("svg", chart.svg()));
    model.put("chartLeft", SyncChart.LEFT);
    model.put("chartUnit", SyncChart.UNIT);
    model.put("chartZero", SyncChart.ZERO);
    return fill(JSON.convertValue(model, new TypeReference<Map<String, Object>>() {}));
  }

  /** Makes the characters visible that a browser obeys: a reason keeps its lines. */
  private static void showHidden(ObjectNode request) {
    for (Map.Entry<String, JsonNode> field : request.properties()) {
      JsonNode value = field.getValue();
      if (value.isTextual()) {
        field.setValue(
            TextNode.valueOf(
                value.textValue().lines().map(Printable::line).collect(Collectors.joining("\n"))));
      } else if (value instanceof ArrayNode array) {
        for (int i = 0; i < array.size(); i++) {
          if (array.get(i).isTextual()) {
            array.set(i, Printable.line(array.get(i).textValue()));
          }
        }
      }
    }
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
