package io.latentsync.media.sound;

import static org.bytedeco.ffmpeg.global.avutil.AV_CHANNEL_ORDER_UNSPEC;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_default;

import org.bytedeco.ffmpeg.avutil.AVChannelLayout;

/** The positions of a sound's channels, for files that do not specify them. */
final class ChannelPlaces {
  /** More channels than 7.1 are microphones of a recorder and not loudspeakers. */
  private static final int MOST_LOUDSPEAKERS = 8;

  private ChannelPlaces() {}

  /**
   * Assigns FFmpeg's default layout to channels of unknown positions, if there is one with their
   * number.
   *
   * @return whether the positions were known or the default is plausible
   */
  static boolean assume(AVChannelLayout layout) {
    if (layout.order() != AV_CHANNEL_ORDER_UNSPEC) {
      return true;
    }
    av_channel_layout_default(layout, layout.nb_channels());
    return layout.nb_channels() <= MOST_LOUDSPEAKERS;
  }
}
