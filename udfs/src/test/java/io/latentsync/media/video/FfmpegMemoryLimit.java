package io.latentsync.media.video;

import org.bytedeco.ffmpeg.global.avutil;

/** The largest block of memory that FFmpeg may have in this process, until this is closed. */
final class FfmpegMemoryLimit implements AutoCloseable {
  FfmpegMemoryLimit(long bytes) {
    avutil.av_max_alloc(bytes);
  }

  @Override
  public void close() {
    avutil.av_max_alloc(Integer.MAX_VALUE); // FFmpeg's default.
  }
}
