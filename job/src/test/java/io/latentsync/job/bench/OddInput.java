package io.latentsync.job.bench;

import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An unusual input: a video or a speech.
 *
 * @param ending of the file's name
 * @param video name of the codec, empty for sound alone
 * @param pixelFormat FFmpeg's name
 * @param frameRate frames a second
 * @param size such as {@code 256x256}
 * @param sound name of the codec, empty for pictures alone
 * @param sampleRate samples a second
 * @param channels of the sound
 * @param trait its special property
 * @param damage damage of the file
 * @param sourceRate whether it is dubbed at its own frame rate
 * @param output ending of the dubbed video's name
 */
record OddInput(
    String ending,
    String video,
    String pixelFormat,
    String frameRate,
    String size,
    String sound,
    String sampleRate,
    String channels,
    Trait trait,
    Damage damage,
    boolean sourceRate,
    String output) {

  /** A special property of an undamaged file. */
  enum Trait {
    NONE,
    ROTATED_90,
    ROTATED_180,
    ROTATED_270,
    WIDE_PIXELS,
    VARYING_RATE,
    INTERLACED,
    LATE_SOUND,
    ONE_FRAME,
    NO_FRAMES,
    ONE_SAMPLE,
    TEN_MILLISECONDS,
    NO_SAMPLES
  }

  /** A kind of damage. */
  enum Damage {
    NONE,
    CUT_TO_A_TENTH,
    CUT_TO_TWO_THIRDS,
    HEADER_OF_ZEROS,
    NOISE,
    HOLE_OF_ZEROS,
    RUBBISH_AT_THE_END,
    EMPTY,
    WRONG_ENDING
  }

  boolean hasPictures() {
    return !video.isEmpty();
  }

  boolean hasSound() {
    return !sound.isEmpty();
  }

  boolean isDamaged() {
    return damage != Damage.NONE;
  }

  /** Whether the input can be dubbed. */
  boolean isComplete() {
    return !isDamaged() && trait != Trait.NO_FRAMES && trait != Trait.NO_SAMPLES;
  }

  @Override
  public String toString() {
    return Stream.of(
            "." + ending,
            hasPictures() ? "%s %s %s %s fps".formatted(video, pixelFormat, size, frameRate) : "",
            hasSound() ? "%s %s Hz × %s".formatted(sound, sampleRate, channels) : "",
            words(trait),
            words(damage),
            sourceRate ? "--fps source" : "",
            "to ." + output)
        .filter(part -> !part.isEmpty())
        .collect(Collectors.joining(", "));
  }

  private static String words(Enum<?> value) {
    return value.name().equals("NONE")
        ? ""
        : value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
