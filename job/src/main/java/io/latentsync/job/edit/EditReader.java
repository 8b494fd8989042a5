package io.latentsync.job.edit;

import com.fasterxml.jackson.databind.JsonNode;
import io.latentsync.face.track.FaceChoice;
import io.latentsync.job.failure.FailureReason;
import io.latentsync.job.storage.Location;
import io.latentsync.text.Printable;
import io.latentsync.timeline.KeptRanges;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Reads an edit from JSON: an object with {@code speakers}, {@code ranges} and {@code sound}, which
 * docs/edit.md describes. All problems are reported, each in one line.
 */
public final class EditReader {
  private static final int MOST_SPEAKERS = 16;
  private static final int MOST_RANGES = 10_000;
  private static final int LONGEST_NAME = 100;

  private final String place;
  private final Location folder;
  private final Optional<Location> speech;
  private final Consumer<String> problems;

  /** The names of all speakers, also of those with a problem. */
  private final Set<String> names = new HashSet<>();

  private boolean valid = true;

  private EditReader(
      String place, Location folder, Optional<Location> speech, Consumer<String> problems) {
    this.place = place;
    this.folder = folder;
    this.speech = speech;
    this.problems = problems;
  }

  /** A speaker and the ranges in which the person is dubbed; none: the whole video. */
  private record Part(Speaker speaker, List<KeptRanges.Range> dubbed) {}

  /**
   * Reads an edit.
   *
   * @param place where it is, for the problems, such as {@code --edit talk.json}
   * @param edit the object
   * @param folder that relative names of files are relative to
   * @param speech the request's speech, which speakers without a speech of their own follow
   * @param problems receives one line for each problem
   * @return the edit; empty if it has a problem
   */
  public static Optional<Edit> read(
      String place,
      JsonNode edit,
      Location folder,
      Optional<Location> speech,
      Consumer<String> problems) {
    return new EditReader(place, folder, speech, problems).edit(edit);
  }

  private void problem(String line) {
    valid = false;
    problems.accept(place + ": " + line);
  }

  private Optional<Edit> edit(JsonNode edit) {
    if (!isObject("the edit", edit, Set.of("speakers", "ranges", "sound"))) {
      return Optional.empty();
    }
    Map<String, Part> parts = new LinkedHashMap<>();
    int index = 0;
    for (JsonNode speaker : list(edit, "speakers", MOST_SPEAKERS)) {
      speaker("speakers[%d]".formatted(index++), speaker)
          .ifPresent(
              found -> {
                if (parts.putIfAbsent(found.name(), new Part(found, new ArrayList<>())) != null) {
                  problem(
                      "speakers: two have the name %s; each must have its own"
                          .formatted(Printable.value(found.name())));
                }
              });
    }
    if (parts.isEmpty() && valid) {
      problem("speakers has no entry, but must have one for each person who gets new lips");
    }
    List<KeptRanges.Range> all = new ArrayList<>();
    List<KeptRanges.Range> kept = new ArrayList<>();
    List<KeptRanges.Range> source = new ArrayList<>();
    index = 0;
    for (JsonNode range : list(edit, "ranges", MOST_RANGES)) {
      range("ranges[%d]".formatted(index++), range, parts, kept, source).ifPresent(all::add);
    }
    Optional<OutputSound> named = sound(edit);
    if (!valid) {
      return Optional.empty();
    }
    KeptRanges keptByAll = new KeptRanges(kept);
    List<Speaker> speakers =
        parts.values().stream()
            .map(
                part ->
                    part.speaker()
                        .keeping(
                            part.dubbed().isEmpty()
                                ? keptByAll
                                : keptByAll.plus(KeptRanges.outside(part.dubbed()))))
            .toList();
    OutputSound sound = named.orElseGet(() -> OutputSound.of(speakers));
    return Optional.of(new Edit(speakers, sound.withSource(new KeptRanges(source)), all));
  }

  private Optional<OutputSound> sound(JsonNode edit) {
    Optional<String> name = text("", edit, "sound");
    try {
      return name.map(value -> OutputSound.named(value, folder::resolve));
    } catch (RuntimeException e) {
      problem(notPath("sound", name.get(), e));
      return Optional.empty();
    }
  }

  private Optional<Speaker> speaker(String at, JsonNode speaker) {
    if (!isObject(at, speaker, Set.of("name", "face", "audio"))) {
      return Optional.empty();
    }
    Optional<String> name = text(at, speaker, "name");
    name.ifPresent(names::add);
    if (!speaker.has("name")) {
      problem(at + ".name is missing, but must be a name such as anna");
    } else if (name.isPresent() && name.get().length() > LONGEST_NAME) {
      problem("%s.name has %d characters, but may have 100".formatted(at, name.get().length()));
    }
    Optional<FaceChoice> face = face(at, speaker);
    Optional<Location> own = audio(at, speaker);
    if (own.isEmpty() && speech.isEmpty() && !speaker.has("audio")) {
      problem(
          at + ".audio is missing, and the request has no speech; one of them must name a file");
    }
    Optional<Location> followed = own.isPresent() ? own : speech;
    return valid
        ? Optional.of(
            new Speaker(
                name.orElseThrow(), face.orElseThrow(), followed.orElseThrow(), KeptRanges.NONE))
        : Optional.empty();
  }

  private Optional<FaceChoice> face(String at, JsonNode speaker) {
    JsonNode face = speaker.path("face");
    Optional<FaceChoice> choice =
        face.isTextual() || face.isIntegralNumber()
            ? FaceChoice.of(face.asText())
            : Optional.empty();
    if (choice.isEmpty()) {
      problem(
          "%s.face is %s, but must be %s"
              .formatted(
                  at,
                  face.isMissingNode() ? "missing" : Printable.value(face.asText(face.toString())),
                  FaceChoice.VALUES));
    }
    return choice;
  }

  private Optional<Location> audio(String at, JsonNode speaker) {
    Optional<String> name = text(at, speaker, "audio");
    try {
      return name.map(folder::resolve);
    } catch (RuntimeException e) {
      problem(notPath(at + ".audio", name.get(), e));
      return Optional.empty();
    }
  }

  private static String notPath(String at, String name, RuntimeException e) {
    return "%s is %s, but must be the path of a file: %s"
        .formatted(at, Printable.value(name), FailureReason.withoutFile(e));
  }

  private Optional<KeptRanges.Range> range(
      String at,
      JsonNode range,
      Map<String, Part> parts,
      List<KeptRanges.Range> kept,
      List<KeptRanges.Range> source) {
    if (!isObject(at, range, Set.of("from", "to", "dub", "keep", "sound"))) {
      return Optional.empty();
    }
    OptionalDouble from = time(at, range, "from", 0);
    OptionalDouble to = time(at, range, "to", Double.POSITIVE_INFINITY);
    if (from.isEmpty() || to.isEmpty()) {
      return Optional.empty();
    }
    if (to.getAsDouble() <= from.getAsDouble()) {
      problem(
          "%s.to is %s, but must be later than from, which is %s"
              .formatted(at, to.getAsDouble(), from.getAsDouble()));
      return Optional.empty();
    }
    KeptRanges.Range found = new KeptRanges.Range(from.getAsDouble(), to.getAsDouble());
    boolean keeps = range.path("keep").asBoolean();
    if (range.has("keep") && !range.path("keep").isBoolean()) {
      problem("%s.keep is %s, but must be true".formatted(at, range.path("keep")));
    } else if (keeps == range.has("dub")) {
      problem(at + " must have either dub with the name of a speaker, or keep: true");
    }
    if (keeps) {
      kept.add(found);
    }
    text(at, range, "dub").ifPresent(name -> dub(at, name, found, parts));
    text(at, range, "sound")
        .ifPresent(
            name -> {
              if (keeps && name.equals("source")) {
                source.add(found);
              } else {
                problem(
                    "%s.sound is %s, but must be source, in a range with keep: true"
                        .formatted(at, Printable.value(name)));
              }
            });
    return Optional.of(found);
  }

  private void dub(String at, String name, KeptRanges.Range range, Map<String, Part> parts) {
    if (parts.containsKey(name)) {
      parts.get(name).dubbed().add(range);
    } else if (!names.isEmpty() && !names.contains(name)) {
      problem(
          "%s.dub is %s, but must be the name of a speaker: %s"
              .formatted(at, Printable.value(name), String.join(", ", new TreeSet<>(names))));
    }
  }

  private OptionalDouble time(String at, JsonNode range, String field, double missing) {
    JsonNode value = range.path(field);
    if (value.isMissingNode()) {
      return OptionalDouble.of(missing);
    }
    OptionalDouble time =
        value.isNumber() || value.isTextual()
            ? KeptRanges.seconds(value.asText())
            : OptionalDouble.empty();
    if (time.isEmpty()) {
      problem(
          "%s.%s is %s, but must be a time in seconds, mm:ss or hh:mm:ss, such as 61.5 or 1:01.5"
              .formatted(at, field, Printable.value(value.asText(value.toString()))));
    }
    return time;
  }

  /** A text that is not empty; empty if there is none, or if it is wrong, which is reported. */
  private Optional<String> text(String at, JsonNode object, String field) {
    JsonNode value = object.path(field);
    if (value.isMissingNode()) {
      return Optional.empty();
    }
    if (!value.isTextual() || value.asText().isBlank()) {
      problem(
          "%s is %s, but must be a text".formatted(at.isEmpty() ? field : at + "." + field, value));
      return Optional.empty();
    }
    return Optional.of(value.asText());
  }

  private List<JsonNode> list(JsonNode edit, String field, int most) {
    JsonNode value = edit.path(field);
    List<JsonNode> entries = new ArrayList<>();
    value.elements().forEachRemaining(entries::add);
    if (!value.isMissingNode() && !value.isArray()) {
      problem(field + " must be a list in square brackets");
      return List.of();
    }
    if (entries.size() > most) {
      problem("%s has %d entries, but may have %d at most".formatted(field, entries.size(), most));
      return List.of();
    }
    return entries;
  }

  private boolean isObject(String at, JsonNode value, Set<String> fields) {
    if (!value.isObject()) {
      problem("%s must be an object in braces".formatted(at));
      return false;
    }
    Set<String> unknown = new HashSet<>();
    value.fieldNames().forEachRemaining(unknown::add);
    unknown.removeAll(fields);
    for (String name : new TreeSet<>(unknown)) {
      problem(
          "%s: unknown field %s; the fields are %s"
              .formatted(at, Printable.value(name), String.join(", ", new TreeSet<>(fields))));
    }
    return unknown.isEmpty();
  }
}
