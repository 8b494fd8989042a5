package io.latentsync.job.stage;

import io.latentsync.media.sound.AacTrack;
import io.latentsync.media.sound.SoundRepairs;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.record.SegmentMetrics;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Notes for the user on conversions, repairs and changed element types, one sentence each. */
public final class Notes {
  private Notes() {}

  /**
   * Notes that are known before decoding.
   *
   * @param sound channels of the output's sound; empty if it is a mix
   */
  public static List<String> ofInputs(
      VideoProbe video, SoundRepairs speech, Optional<AacTrack.Channels> sound) {
    List<String> notes = new ArrayList<>();
    List<String> refused = video.color().refused();
    if (!refused.isEmpty()) {
      notes.add(
          "the video's colours are tagged as %s, which FFmpeg's scaler does not support; converted as"
                  .formatted(String.join(" and ", refused))
              + " untagged, the tags are kept");
    }
    if (video.coded().bits() > video.bits()) {
      notes.add(
          "the video has %d bits a sample, the output %d"
              .formatted(video.coded().bits(), video.bits()));
    }
    if (speech.repaired() > 0) {
      notes.add("the speech has %s; set to 0".formatted(speech.text()));
    }
    sound
        .filter(channels -> channels.encoded() < channels.source())
        .ifPresent(
            channels ->
                notes.add(
                    "the sound has %d channels, for which AAC has no layout; mixed down to %d in the output"
                        .formatted(channels.source(), channels.encoded())));
    return List.copyOf(notes);
  }

  /**
   * Notes from rendering.
   *
   * @param segments those that are in the output
   */
  public static List<String> ofPictures(List<SegmentMetrics> segments, VideoProbe video) {
    int frames = segments.stream().mapToInt(SegmentMetrics::getFrames).sum();
    int converted = segments.stream().mapToInt(SegmentMetrics::getConvertedFrames).sum();
    int deinterlaced = segments.stream().mapToInt(SegmentMetrics::getDeinterlacedFrames).sum();
    List<String> notes = ofPictures(frames, converted, deinterlaced, video);
    segments.stream()
        .map(SegmentMetrics::getTypeReason)
        .filter(reason -> !reason.isEmpty())
        .distinct()
        .forEach(reason -> notes.add("UNet and VAE are computed in " + reason));
    return notes;
  }

  /**
   * Notes from decoding.
   *
   * @param frames number of decoded frames
   * @param converted number of frames converted to the first picture's format
   * @param deinterlaced number of deinterlaced frames
   * @return a new list
   */
  public static List<String> ofPictures(
      int frames, int converted, int deinterlaced, VideoProbe video) {
    List<String> notes = new ArrayList<>();
    if (converted > 0) {
      notes.add(
          ("%d of %d frames have another size, pixel format, orientation or other colour tags than"
                  + " the first picture; converted to its %d×%d and its colours")
              .formatted(converted, frames, video.width(), video.height()));
    }
    if (deinterlaced > 0) {
      notes.add(
          "%d of %d frames are interlaced; converted to full frames (--deinterlace off keeps them)"
              .formatted(deinterlaced, frames));
    }
    return notes;
  }
}
