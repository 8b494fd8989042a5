package io.latentsync.nn.networks;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * The fields of a network's configuration. Every error is an {@link IllegalArgumentException} that
 * names the field, its value and what would be right.
 *
 * @param node the JSON object
 * @param path what stands before a field's name in messages; empty or ending with a dot
 */
record ConfigFields(JsonNode node, String path) {

  ConfigFields {
    if (node == null || !node.isObject()) {
      throw new IllegalArgumentException(
          (path.isEmpty() ? "the configuration" : path.substring(0, path.length() - 1))
              + " is missing or not a mapping of fields to values");
    }
  }

  ConfigFields section(String name) {
    return new ConfigFields(node.path(name), path + name + ".");
  }

  int positive(String name) {
    JsonNode value = value(name, "a whole number above 0");
    if (!isPositive(value)) {
      throw wrong(name, value, "a whole number above 0");
    }
    return value.intValue();
  }

  double positiveReal(String name) {
    // YAML readers take "1e-5" (without a dot) for a text.
    JsonNode value = value(name, "a number above 0");
    double number = value.isTextual() ? value.asDouble(Double.NaN) : value.doubleValue();
    if (!(value.isNumber() || value.isTextual()) || !(number > 0)) {
      throw wrong(name, value, "a number above 0");
    }
    return number;
  }

  boolean flag(String name) {
    JsonNode value = value(name, "true or false");
    if (!value.isBoolean()) {
      throw wrong(name, value, "true or false");
    }
    return value.booleanValue();
  }

  boolean flag(String name, boolean otherwise) {
    return has(name) ? flag(name) : otherwise;
  }

  List<Integer> positives(String name) {
    JsonNode list = value(name, "a list of whole numbers above 0");
    List<Integer> values = new ArrayList<>();
    for (JsonNode value : list) {
      if (!isPositive(value)) {
        throw wrong(name, list, "a list of whole numbers above 0");
      }
      values.add(value.intValue());
    }
    if (values.isEmpty()) {
      throw wrong(name, list, "a list of whole numbers above 0");
    }
    return List.copyOf(values);
  }

  /** A list of texts, each one of the given. */
  List<String> names(String name, List<String> allowed) {
    String right = "a list of " + String.join(" or ", allowed);
    JsonNode list = value(name, right);
    List<String> values = new ArrayList<>();
    for (JsonNode value : list) {
      if (!allowed.contains(value.asText())) {
        throw wrong(name, list, right);
      }
      values.add(value.asText());
    }
    if (values.isEmpty()) {
      throw wrong(name, list, right);
    }
    return List.copyOf(values);
  }

  /** Refuses any value but this one; the field may be absent. */
  void only(String name, String value) {
    if (has(name) && !node.get(name).asText().equals(value)) {
      throw wrong(name, node.get(name), value + " (nothing else is supported)");
    }
  }

  /** As {@link #only(String, String)}. */
  void only(String name, boolean value) {
    only(name, Boolean.toString(value));
  }

  /** As {@link #only(String, String)}; 1 and 1.0 are the same. */
  void only(String name, int value) {
    if (has(name) && !(node.get(name).isNumber() && node.get(name).doubleValue() == value)) {
      throw wrong(name, node.get(name), value + " (nothing else is supported)");
    }
  }

  IllegalArgumentException wrong(String name, Object value, String right) {
    return new IllegalArgumentException(path + name + " is " + value + "; it must be " + right);
  }

  private JsonNode value(String name, String right) {
    if (!has(name)) {
      throw new IllegalArgumentException(path + name + " is missing; it must be " + right);
    }
    return node.get(name);
  }

  private boolean has(String name) {
    return node.hasNonNull(name);
  }

  private static boolean isPositive(JsonNode value) {
    return value.isIntegralNumber() && value.canConvertToInt() && value.intValue() > 0;
  }
}
