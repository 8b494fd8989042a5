package io.latentsync.job.stage;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.OnDamaged;
import io.latentsync.job.storage.Location;
import io.latentsync.media.sound.SoundDamage;
import io.latentsync.media.video.FrameState;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.timeline.FrameSchedule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * The part of a request's inputs that is missing or has decoding errors.
 *
 * @param needed number of source frames that the request would use if the video were undamaged
 * @param missing number of needed frames that cannot be decoded or are not in the file
 * @param concealed number of needed frames that are decoded with errors
 * @param speeches damage of each speech
 */
public record InputDamage(int needed, int missing, int concealed, List<SoundDamage> speeches) {
  /** Maximum damaged share of an input. */
  private static final double LARGEST_SHARE = 0.01;

  /**
   * Computes the damage.
   *
   * @param states states of the decoded source frames; empty before decoding
   */
  public static InputDamage of(
      FrameSchedule schedule,
      VideoProbe video,
      List<SoundDamage> speeches,
      List<FrameState> states) {
    long declared = (long) video.frames() + video.missingFrames();
    int needed =
        schedule.withSourceFrames((int) Math.min(Integer.MAX_VALUE, declared)).framesUsed();
    return new InputDamage(
        needed,
        needed - schedule.framesUsed() + Collections.frequency(states, FrameState.MISSING),
        Collections.frequency(states, FrameState.CONCEALED),
        speeches);
  }

  /** Notes for the user, one sentence for each damaged input. */
  public List<String> notes() {
    List<String> notes = new ArrayList<>();
    if (missing + concealed > 0) {
      notes.add("the video is damaged: " + frames());
    }
    for (SoundDamage sound : speeches) {
      if (sound.isAny()) {
        notes.add("the speech is damaged: " + sound.text());
      }
    }
    return List.copyOf(notes);
  }

  /**
   * Refuses inputs with too much damage.
   *
   * @param video name of the video for the message
   * @param names names of the speeches for the message
   * @throws InvalidInputException with a line for each input that is too damaged
   */
  public void require(OnDamaged choice, Object video, List<Location> names)
      throws InvalidInputException {
    List<String> lines = new ArrayList<>();
    if (choice == OnDamaged.FAIL && missing + concealed > LARGEST_SHARE * needed) {
      lines.add(refusal(video, frames()));
    }
    for (int i = 0; i < speeches.size(); i++) {
      if (choice == OnDamaged.FAIL && speeches.get(i).share() > LARGEST_SHARE) {
        lines.add(refusal(names.get(i), speeches.get(i).text()));
      }
    }
    if (!lines.isEmpty()) {
      throw InvalidInputException.ofLines(lines);
    }
  }

  private static String refusal(Object file, String damage) {
    return "%s: is damaged: %s; replace the file, or use --on_damaged warn to dub all that can be decoded"
        .formatted(file, damage);
  }

  private String frames() {
    return String.format(
        Locale.ROOT,
        "of %d needed frames, %d are missing and %d have decoding errors (%.1f %%)",
        needed,
        missing,
        concealed,
        100.0 * (missing + concealed) / needed);
  }
}
