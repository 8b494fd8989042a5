package io.latentsync.media.video;

import static org.bytedeco.ffmpeg.global.swscale.SWS_BICUBIC;
import static org.bytedeco.ffmpeg.global.swscale.sws_alloc_context;
import static org.bytedeco.ffmpeg.global.swscale.sws_free_context;
import static org.bytedeco.ffmpeg.global.swscale.sws_scale_frame;

import io.latentsync.media.Av;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.swscale.SwsContext;

/**
 * FFmpeg's scaler with the defaults of its scale filter. It keeps its tables while the pictures
 * have the same formats and sizes; the result does not depend on earlier pictures. Owns native
 * memory; not thread-safe.
 */
public final class PictureScaler implements AutoCloseable {
  private final SwsContext context = Av.allocated(sws_alloc_context());

  /** A scaler without tables. */
  public PictureScaler() {
    context.flags(SWS_BICUBIC).threads(1);
  }

  /** Converts a picture to the size, format and colours of a frame with buffers. */
  void scale(AVFrame picture, AVFrame target) {
    int result = sws_scale_frame(context, target, picture);
    Av.checkMemory(result);
    if (result < 0) {
      throw new IllegalStateException(
          "pixel format %d cannot be converted to %d (FFmpeg error %d)"
              .formatted(picture.format(), target.format(), result));
    }
  }

  @Override
  public void close() {
    sws_free_context(context);
  }
}
