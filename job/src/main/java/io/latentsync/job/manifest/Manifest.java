package io.latentsync.job.manifest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.latentsync.job.edit.Edit;
import io.latentsync.job.edit.EditReader;
import io.latentsync.job.edit.OutputSound;
import io.latentsync.job.failure.FailureReason;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.InputCheck;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.job.storage.Location;
import io.latentsync.media.video.FrameRatePolicy;
import io.latentsync.model.render.SilencePolicy;
import io.latentsync.model.render.VisibleLabel;
import io.latentsync.text.Printable;
import io.latentsync.timeline.KeptRanges;
import io.latentsync.timeline.LengthPolicy;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.apache.hadoop.conf.Configuration;

/**
 * The list of a batch's requests: a file of JSON lines ({@code .jsonl}, {@code .ndjson}, {@code
 * .json}), CSV with a header line ({@code .csv}), Avro or Parquet, or a folder of such files as
 * Spark writes it, on any Hadoop file system. Its fields:
 *
 * <ul>
 *   <li>{@code id}: the unique name of the request;
 *   <li>{@code video}, {@code audio}: the inputs;
 *   <li>{@code output}: the video to write, unique; its file name extension selects the format;
 *   <li>{@code seed}, {@code steps}, {@code guidance}, {@code fps}, {@code sync_mode}, {@code
 *       keep}, {@code silence}, {@code label}: optional; they override {@code --seed}, {@code
 *       --inference_steps}, {@code --guidance_scale}, {@code --fps}, {@code --sync_mode}, {@code
 *       --keep}, {@code --silence} and {@code --label};
 *   <li>{@code speakers}, {@code ranges}, {@code sound}: optional; the parts of an edit, see {@link
 *       EditReader}. The audio may be missing if all speakers have their own.
 * </ul>
 *
 * <p>A relative path is relative to the manifest's folder, so that manifest and clips can be moved
 * together. An absolute path without a scheme is local.
 */
public final class Manifest {
  private static final JsonMapper JSON = JsonMapper.builder(ManifestLimits.JSON).build();

  private final InputCheck check;
  private final Location folder;
  private final Map<String, String> placesOfIds = new HashMap<>();
  private final List<ManifestEntry> entries = new ArrayList<>();

  private Manifest(Location file, InputCheck check) {
    this.folder = file.parent();
    this.check = check;
  }

  /**
   * Reads and checks a manifest.
   *
   * @param check receives all problems, with the number of the line (Avro and Parquet: row, from 1)
   * @param mayBeEmpty whether a manifest without rows is allowed
   * @return the valid requests in the manifest's order
   * @throws IOException if the manifest as a whole cannot be read; the message names it
   */
  public static List<ManifestEntry> read(
      Location file, Configuration configuration, InputCheck check, boolean mayBeEmpty)
      throws IOException {
    Manifest manifest = new Manifest(file, check);
    boolean empty = ManifestRows.read(file, configuration, check, manifest::read);
    if (empty && !mayBeEmpty) {
      check.problem("--manifest %s: has no requests".formatted(file));
    }
    return manifest.entries;
  }

  /** Reads all fields, so that all errors of a row are reported. */
  private void read(ManifestRow row) {
    ManifestFields.check(check, row.place(), "field", row.fields());
    Optional<String> id = id(row);
    Optional<Location> video = location(row, "video");
    video.ifPresent(location -> check.readable(row.place() + ": video", location, false));
    boolean ownAudio = row.cells().containsKey("speakers") && !row.cells().containsKey("audio");
    Optional<Location> common = ownAudio ? Optional.empty() : location(row, "audio");
    Optional<Edit> edit = edit(row, common);
    edit.ifPresent(found -> check.edit(row.place(), found));
    Optional<Location> audio =
        ownAudio ? edit.map(found -> found.speakers().get(0).speech()) : common;
    common.ifPresent(location -> check.readable(row.place() + ": audio", location, false));
    Optional<Location> output = location(row, "output");
    output.ifPresent(location -> check.video(row.place() + ": output", location));
    Optional<BigDecimal> seed = number(row, "seed", -1, Integer.MAX_VALUE, true);
    Optional<BigDecimal> steps = number(row, "steps", 2, 999, true);
    Optional<BigDecimal> guidance = number(row, "guidance", 0, 100, false);
    // Programs often write a column of integers with missing values as floating-point numbers.
    Optional<FrameRatePolicy> fps =
        oneOf(row, "fps", text -> text.replaceFirst("\\.0$", ""), FrameRatePolicy.values());
    Optional<LengthPolicy> length =
        oneOf(row, "sync_mode", UnaryOperator.identity(), LengthPolicy.values());
    Optional<KeptRanges> kept = kept(row);
    Optional<String> label = label(row);
    Optional<SilencePolicy> silence =
        oneOf(row, "silence", UnaryOperator.identity(), SilencePolicy.values());
    if (id.isPresent()
        && video.isPresent()
        && audio.isPresent()
        && output.isPresent()
        && edit.isPresent()) {
      entries.add(
          new ManifestEntry(
              row.place(),
              id.get(),
              video.get(),
              audio.get(),
              output.get(),
              whole(seed),
              whole(steps),
              guidance
                  .map(value -> OptionalDouble.of(value.doubleValue()))
                  .orElse(OptionalDouble.empty()),
              fps,
              length,
              kept,
              silence,
              label,
              edit.get()));
    }
  }

  private Optional<String> id(ManifestRow row) {
    Optional<String> id = text(row, "id");
    id.map(value -> placesOfIds.putIfAbsent(value, row.place()))
        .ifPresent(
            place ->
                check.problem(
                    "%s: id %s is also the id of %s"
                        .formatted(row.place(), Printable.value(id.get()), place)));
    return id;
  }

  private Optional<String> text(ManifestRow row, String field) {
    Optional<String> text =
        Optional.ofNullable(row.cells().get(field)).filter(value -> !value.isBlank());
    if (text.isEmpty()) {
      check.problem("%s: %s is missing".formatted(row.place(), field));
    }
    return text;
  }

  private Optional<Location> location(ManifestRow row, String field) {
    Optional<String> name = text(row, field);
    try {
      return name.map(folder::resolve);
    } catch (RuntimeException e) {
      check.problem(
          "%s: %s %s is not a path: %s"
              .formatted(
                  row.place(), field, Printable.value(name.get()), FailureReason.withoutFile(e)));
      return Optional.empty();
    }
  }

  /** Reads an optional number. Reports an invalid value and returns empty. */
  private Optional<BigDecimal> number(
      ManifestRow row, String field, long least, long most, boolean whole) {
    String text = row.cells().get(field);
    if (text == null) {
      return Optional.empty();
    }
    String name = row.place() + ": " + field;
    try {
      BigDecimal value = new BigDecimal(text);
      if (whole && value.stripTrailingZeros().scale() > 0) {
        check.problem(
            "%s is %s, but must be a whole number".formatted(name, Printable.value(text)));
        return Optional.empty();
      }
      OptionCheck.requireBetween(name, value, least, most);
      return Optional.of(value);
    } catch (NumberFormatException e) {
      check.problem("%s is %s, but must be a number".formatted(name, Printable.value(text)));
    } catch (InvalidInputException e) {
      check.problem(e.getMessage());
    }
    return Optional.empty();
  }

  /** Reads an optional choice. Reports an invalid value and returns empty. */
  private <C> Optional<C> oneOf(
      ManifestRow row, String field, UnaryOperator<String> written, C[] choices) {
    String text = row.cells().get(field);
    if (text == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          OptionCheck.oneOf(row.place() + ": " + field, written.apply(text), choices));
    } catch (InvalidInputException e) {
      check.problem(e.getMessage());
      return Optional.empty();
    }
  }

  /** Reads the optional kept ranges. Reports invalid ones and returns empty. */
  private Optional<KeptRanges> kept(ManifestRow row) {
    try {
      return Optional.ofNullable(row.cells().get("keep")).map(KeptRanges::parse);
    } catch (IllegalArgumentException e) {
      check.problem("%s: keep %s".formatted(row.place(), e.getMessage()));
      return Optional.empty();
    }
  }

  /** Also empty if it is wrong, which is reported. */
  private Optional<Edit> edit(ManifestRow row, Optional<Location> speech) {
    ObjectNode edit = JSON.createObjectNode();
    for (String list : List.of("speakers", "ranges")) {
      if (row.cells().containsKey(list)) {
        try {
          edit.set(list, JSON.readTree(row.cells().get(list)));
        } catch (JsonProcessingException e) {
          check.problem("%s: %s is no list in JSON".formatted(row.place(), list));
          return Optional.empty();
        }
      }
    }
    String sound = row.cells().get("sound");
    if (edit.isEmpty()) {
      return sound == null ? Optional.of(Edit.NONE) : sound(row, sound);
    }
    if (sound != null) {
      edit.put("sound", sound);
    }
    return EditReader.read(row.place(), edit, folder, speech, check::problem);
  }

  private Optional<Edit> sound(ManifestRow row, String name) {
    try {
      return Optional.of(Edit.NONE.with(OutputSound.named(name, folder::resolve)));
    } catch (RuntimeException e) {
      check.problem(
          "%s: sound %s is not a path: %s"
              .formatted(row.place(), Printable.value(name), FailureReason.withoutFile(e)));
      return Optional.empty();
    }
  }

  /** Also empty if it is wrong, which is reported. */
  private Optional<String> label(ManifestRow row) {
    try {
      return Optional.ofNullable(row.cells().get("label")).map(VisibleLabel::require);
    } catch (IllegalArgumentException e) {
      check.problem("%s: label %s".formatted(row.place(), e.getMessage()));
      return Optional.empty();
    }
  }

  private static OptionalInt whole(Optional<BigDecimal> value) {
    return value.map(v -> OptionalInt.of(v.intValueExact())).orElse(OptionalInt.empty());
  }
}
