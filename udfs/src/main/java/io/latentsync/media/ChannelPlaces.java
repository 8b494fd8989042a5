package io.latentsync.media;

import static org.bytedeco.ffmpeg.global.avutil.AV_CHANNEL_ORDER_UNSPEC;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_default;

import org.bytedeco.ffmpeg.avutil.AVChannelLayout;

/** Where the channels of a sound come from, for files that do not say so. */
final class ChannelPlaces {
  /** More channels than 7.1 are no loudspeakers, but the microphones of a recorder. */
  private static final int MOST_LOUDSPEAKERS = 8;

  private ChannelPlaces() {}

  /**
   * Takes channels of unknown places for the usual loudspeakers, if FFmpeg has such of their
   * number.
   *
   * @return whether that is likely, or the places were known
   */
  static boolean assume(AVChannelLayout layout) {
    if (layout.order() != AV_CHANNEL_ORDER_UNSPEC) {
      return true;
    }
    av_channel_layout_default(layout, layout.nb_channels());
    return layout.nb_channels() <= MOST_LOUDSPEAKERS;
  }
}
