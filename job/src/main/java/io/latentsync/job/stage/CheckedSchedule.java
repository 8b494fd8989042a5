package io.latentsync.job.stage;

import io.latentsync.audio.FeatureWindows;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.storage.Location;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.model.render.RenderOptions;
import io.latentsync.time.FrameRate;
import io.latentsync.timeline.FrameSchedule;
import io.latentsync.timeline.KeptRanges;
import io.latentsync.timeline.LengthPolicy;
import java.util.List;
import java.util.Locale;

/**
 * Creates the frame schedule of a video and a speech and checks their lengths against the options.
 */
public final class CheckedSchedule {
  private CheckedSchedule() {}

  /**
   * Creates the schedule.
   *
   * @param video name of the video for messages
   * @param speech name of the speech for messages
   * @param probe probe of the video
   * @param samples number of samples of the speech at 16 kHz
   * @throws InvalidInputException if {@code --sync_mode remap} would change the speed too much, or
   *     if a range of {@code --keep} begins after the end
   */
  public static FrameSchedule of(
      Location video, Location speech, VideoProbe probe, long samples, RenderOptions options)
      throws InvalidInputException {
    FrameRate rate = probe.frameRate();
    FrameSchedule schedule =
        new FrameSchedule(
            probe.frames(),
            Math.toIntExact(new FeatureWindows(samples, rate).frames()),
            options.timeline().length());
    if (Math.abs(schedule.speed() - 1) > LengthPolicy.LARGEST_CHANGE) {
      throw new InvalidInputException(
          String.format(
              Locale.ROOT,
              "--sync_mode is remap, but %s (%.2f s) would play at %.2f times its speed for the %.2f s"
                  + " of %s, and remap changes the speed by at most 15 %%; it must be bounce, loop,"
                  + " hold, cut_off or silence",
              video,
              rate.seconds(schedule.sourceFrames()),
              schedule.speed(),
              rate.seconds(schedule.speechFrames()),
              speech));
    }
    requireInside("--keep", options.timeline().kept().ranges(), rate.seconds(schedule.frames()));
    return schedule;
  }

  /**
   * Refuses ranges that begin after the end.
   *
   * @param option that has the ranges
   * @param end of the output, in seconds
   * @throws InvalidInputException if a range begins after the end
   */
  public static void requireInside(String option, List<KeptRanges.Range> ranges, double end)
      throws InvalidInputException {
    for (KeptRanges.Range range : ranges) {
      if (range.from() >= end) {
        throw new InvalidInputException(
            String.format(
                Locale.ROOT,
                "%s has a range that begins at %s s, but the output ends at %.2f s",
                option,
                range.from(),
                end));
      }
    }
  }
}
