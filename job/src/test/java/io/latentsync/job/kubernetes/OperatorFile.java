package io.latentsync.job.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.google.common.base.Splitter;
import com.google.common.io.Resources;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.SparkConf;

/** A file for the Spark operator. */
record OperatorFile(JsonNode root) {
  /** Settings of Spark for the fields of driver and executor with the same meaning. */
  private static final Map<String, String> SETTINGS =
      Map.of(
          "cores", "cores",
          "memory", "memory",
          "memoryOverhead", "memoryOverhead",
          "instances", "instances");

  static OperatorFile read(Path file) throws IOException {
    return new OperatorFile(new ObjectMapper(new YAMLFactory()).readTree(file.toFile()));
  }

  private JsonNode application() {
    JsonNode spec = root.path("spec");
    return spec.has("template") ? spec.path("template") : spec;
  }

  List<String> arguments() {
    List<String> arguments = new ArrayList<>();
    application().path("arguments").forEach(argument -> arguments.add(argument.asText()));
    return arguments;
  }

  /** The settings of Spark that the operator makes of the fields. */
  SparkConf sparkConf() {
    SparkConf conf = new SparkConf(false);
    conf.set("spark.kubernetes.namespace", root.path("metadata").path("namespace").asText());
    conf.set("spark.app.name", root.path("metadata").path("name").asText());
    conf.set("spark.kubernetes.container.image", application().path("image").asText());
    conf.set(
        "spark.kubernetes.authenticate.driver.serviceAccountName",
        application().path("driver").path("serviceAccount").asText());
    for (String role : List.of("driver", "executor")) {
      SETTINGS.forEach(
          (field, setting) -> {
            JsonNode value = application().path(role).path(field);
            if (!value.isMissingNode()) {
              conf.set("spark.%s.%s".formatted(role, setting), value.asText());
            }
          });
    }
    application()
        .path("sparkConf")
        .properties()
        .forEach(entry -> conf.set(entry.getKey(), entry.getValue().asText()));
    application()
        .path("hadoopConf")
        .properties()
        .forEach(entry -> conf.set("spark.hadoop." + entry.getKey(), entry.getValue().asText()));
    return conf;
  }

  /** The differences from the operator's resource definition. */
  List<String> faults() throws IOException {
    Map<String, String> fields = new TreeMap<>();
    String name = root.path("kind").asText() + ".fields";
    for (String line :
        Resources.readLines(
            Resources.getResource(OperatorFile.class, name), StandardCharsets.UTF_8)) {
      if (!line.startsWith("#")) {
        List<String> parts = Splitter.on(": ").limit(2).splitToList(line);
        fields.put(parts.get(0), parts.get(1));
      }
    }
    List<String> faults = new ArrayList<>();
    check("", root, fields, faults);
    return faults;
  }

  private static void check(
      String prefix, JsonNode node, Map<String, String> fields, List<String> faults) {
    fields.forEach(
        (path, type) -> {
          String rest = path.startsWith(prefix) ? path.substring(prefix.length()) : ".";
          if (!rest.contains(".") && type.contains(" required") && !node.has(rest)) {
            faults.add(path + " is missing");
          }
        });
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      String path = prefix + field.getKey();
      List<String> type = Splitter.on(' ').splitToList(fields.getOrDefault(path, "unknown"));
      faults.addAll(faults(path, field.getValue(), type));
      boolean known = fields.keySet().stream().anyMatch(other -> other.startsWith(path + "."));
      if (field.getValue().isObject() && known) {
        check(path + ".", field.getValue(), fields, faults);
      }
    }
  }

  private static List<String> faults(String path, JsonNode value, List<String> type) {
    boolean right =
        switch (type.get(0)) {
          case "string" ->
              value.isTextual()
                  && (type.stream().noneMatch(word -> word.contains("|"))
                      || type.stream()
                          .filter(word -> word.contains("|"))
                          .anyMatch(
                              word -> Splitter.on('|').splitToList(word).contains(value.asText())));
          case "integer" -> value.isInt();
          case "boolean" -> value.isBoolean();
          case "array" -> value.isArray() && all(value, type);
          case "object" -> value.isObject() && all(value, type);
          default -> false;
        };
    return right ? List.of() : List.of("%s is %s, but must be %s".formatted(path, value, type));
  }

  /** Whether all values have the declared type, if there is one. */
  private static boolean all(JsonNode values, List<String> type) {
    boolean strings = type.contains("of") && type.get(type.indexOf("of") + 1).equals("string");
    for (JsonNode value : values) {
      if (strings && !value.isTextual()) {
        return false;
      }
    }
    return true;
  }
}
