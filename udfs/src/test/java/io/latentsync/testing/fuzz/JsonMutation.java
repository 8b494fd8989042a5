package io.latentsync.testing.fuzz;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Mutations of the structure of JSON: values, names, nesting. */
public final class JsonMutation {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private JsonMutation() {}

  /** A JSON text with one to three places changed. */
  public static String any(RandomGenerator random, JsonNode whole) {
    JsonNode root = whole.deepCopy();
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      List<JsonNode> containers = new ArrayList<>();
      collect(root, containers);
      if (containers.isEmpty()) {
        break;
      }
      change(random, ByteMutation.oneOf(random, containers));
    }
    String text = root.toString();
    return switch (random.nextInt(20)) {
      case 0 -> text.substring(0, random.nextInt(text.length() + 1));
      case 1 -> text + text;
      case 2 -> text.replaceFirst("\\{", "{" + "\"a\":1,".repeat(random.nextInt(100)));
      default -> text;
    };
  }

  private static void collect(JsonNode node, List<JsonNode> containers) {
    if (node.isContainerNode() && !node.isEmpty()) {
      containers.add(node);
    }
    node.forEach(child -> collect(child, containers));
  }

  private static void change(RandomGenerator random, JsonNode container) {
    if (container instanceof ObjectNode object) {
      List<String> names = new ArrayList<>();
      object.fieldNames().forEachRemaining(names::add);
      String name = ByteMutation.oneOf(random, names);
      switch (random.nextInt(6)) {
        case 0 -> object.remove(name);
        case 1 -> object.set(text(random), object.get(name));
        case 2 -> object.set(name, object.get(ByteMutation.oneOf(random, names)).deepCopy());
        default -> object.set(name, value(random, object.get(name)));
      }
    } else if (container instanceof ArrayNode array) {
      int at = random.nextInt(array.size());
      switch (random.nextInt(4)) {
        case 0 -> array.remove(at);
        case 1 -> {
          JsonNode again = array.get(at).deepCopy();
          for (int i = random.nextInt(1, 200); i > 0; i--) {
            array.add(again);
          }
        }
        default -> array.set(at, value(random, array.get(at)));
      }
    }
  }

  private static JsonNode value(RandomGenerator random, JsonNode old) {
    return switch (random.nextInt(12)) {
      case 0, 1, 2 -> JSON.numberNode(ByteMutation.extreme(random));
      case 3 ->
          raw(
              ByteMutation.oneOf(
                  random,
                  List.of("1e999", "-1e999", "1e-999", "0.5", "NaN", "-0", "1E+400000000")));
      case 4 -> raw("9".repeat(random.nextInt(1, 3000)));
      case 5 -> JSON.textNode(text(random));
      case 6 -> JSON.nullNode();
      case 7 -> JSON.booleanNode(random.nextBoolean());
      case 8 -> {
        int depth = random.nextInt(1, 3000);
        yield raw("[".repeat(depth) + "]".repeat(depth));
      }
      case 9 -> {
        int depth = random.nextInt(1, 3000);
        yield raw("{\"a\":".repeat(depth) + "1" + "}".repeat(depth));
      }
      case 10 -> JSON.arrayNode().add(old);
      default -> JSON.objectNode().set("a", old);
    };
  }

  private static JsonNode raw(String text) {
    return JSON.rawValueNode(new RawValue(text));
  }

  /** A text that is empty, long, unusual, or special in another syntax. */
  public static String text(RandomGenerator random) {
    return switch (random.nextInt(6)) {
      case 0 -> "";
      case 1 -> "x".repeat(random.nextInt(1, 20_000));
      case 2 -> "\u001b[2J\n\u202e\u2028\0";
      case 3 -> String.valueOf(ByteMutation.extreme(random));
      case 4 -> "%s%n{}${jndi:x}\\\"'";
      default -> ByteMutation.oneOf(random, List.of("../../x", "/dev/zero", "null", "\ud800", "é"));
    };
  }
}
