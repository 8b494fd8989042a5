package io.latentsync.nn.networks;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * The fields of a network's configuration. Every error is an {@link IllegalArgumentException} that
 * names the field, its value and the valid values.
 *
 * @param node the JSON object
 * @param path prefix of a field's name in messages; empty or ending with a dot
 */
record ConfigFields(JsonNode node, String path) {
  /** Maximum number of characters of a value in a message. */
  private static final int LONGEST_QUOTE = 200;

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

  /** A whole number from 1 to a maximum. */
  int positive(String name, int most) {
    String right = "a whole number from 1 to " + most;
    JsonNode value = value(name, right);
    if (!isPositive(value, most)) {
      throw wrong(name, value, right);
    }
    return value.intValue();
  }

  /** A whole number with only one supported value. */
  int exactly(String name, int right) {
    JsonNode value = value(name, String.valueOf(right));
    if (!isPositive(value, right) || value.intValue() != right) {
      throw wrong(name, value, right + " (nothing else is supported)");
    }
    return right;
  }

  /** A number above 0 and below 1. */
  double fraction(String name) {
    String right = "a number above 0 and below 1";
    // YAML parsers read "1e-5" (without a dot) as a string.
    JsonNode value = value(name, right);
    double number = value.isTextual() ? value.asDouble(Double.NaN) : value.doubleValue();
    if (!(value.isNumber() || value.isTextual()) || !(number > 0 && number < 1)) {
      throw wrong(name, value, right);
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

  /** A list of whole numbers from 1 to a maximum. */
  List<Integer> positives(String name, int longest, int most) {
    String right = "a list of 1 to %d whole numbers from 1 to %d".formatted(longest, most);
    JsonNode list = value(name, right);
    requireLength(name, list, longest, right);
    List<Integer> values = new ArrayList<>();
    for (JsonNode value : list) {
      if (!isPositive(value, most)) {
        throw wrong(name, list, right);
      }
      values.add(value.intValue());
    }
    return List.copyOf(values);
  }

  /** A list of strings from a set. */
  List<String> names(String name, int longest, List<String> allowed) {
    String right = "a list of 1 to %d of %s".formatted(longest, String.join(" or ", allowed));
    JsonNode list = value(name, right);
    requireLength(name, list, longest, right);
    List<String> values = new ArrayList<>();
    for (JsonNode value : list) {
      if (!allowed.contains(value.asText())) {
        throw wrong(name, list, right);
      }
      values.add(value.asText());
    }
    return List.copyOf(values);
  }

  private void requireLength(String name, JsonNode list, int longest, String right) {
    if (!list.isArray() || list.isEmpty() || list.size() > longest) {
      throw wrong(name, list, right);
    }
  }

  /** Requires this value, or that the field is absent. */
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
    String quoted = String.valueOf(value);
    if (quoted.length() > LONGEST_QUOTE) {
      quoted = quoted.substring(0, LONGEST_QUOTE) + "…";
    }
    return new IllegalArgumentException(path + name + " is " + quoted + "; it must be " + right);
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

  private static boolean isPositive(JsonNode value, int most) {
    return value.isIntegralNumber()
        && value.canConvertToInt()
        && value.intValue() > 0
        && value.intValue() <= most;
  }
}
