package io.latentsync.media.video;

import static org.bytedeco.ffmpeg.global.avfilter.av_buffersink_get_frame;
import static org.bytedeco.ffmpeg.global.avfilter.av_buffersrc_write_frame;
import static org.bytedeco.ffmpeg.global.avfilter.avfilter_get_by_name;
import static org.bytedeco.ffmpeg.global.avfilter.avfilter_graph_alloc;
import static org.bytedeco.ffmpeg.global.avfilter.avfilter_graph_config;
import static org.bytedeco.ffmpeg.global.avfilter.avfilter_graph_create_filter;
import static org.bytedeco.ffmpeg.global.avfilter.avfilter_graph_free;
import static org.bytedeco.ffmpeg.global.avfilter.avfilter_link;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;

import io.latentsync.media.Av;
import io.latentsync.media.MediaException;
import java.nio.file.Path;
import java.util.Locale;
import org.bytedeco.ffmpeg.avfilter.AVFilterContext;
import org.bytedeco.ffmpeg.avfilter.AVFilterGraph;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/** A chain of FFmpeg's filters for pictures of one format. */
final class FilterChain implements AutoCloseable {
  private final Path file;
  private final AVFilterGraph graph = Av.allocated(avfilter_graph_alloc());
  private final AVFilterContext source;
  private final AVFilterContext sink;

  /**
   * Prepares the chain.
   *
   * @param file named in errors
   * @param filters separated by commas, such as in {@link PictureFormat#orientation}, not empty
   * @param like a picture with the format of all pictures
   */
  FilterChain(Path file, String filters, AVFrame like) throws MediaException {
    this.file = file;
    graph.nb_threads(1);
    boolean ready = false;
    try {
      source =
          add(
              "buffer",
              String.format(
                  Locale.ROOT,
                  "video_size=%dx%d:pix_fmt=%d:time_base=1/25:colorspace=%d:range=%d",
                  like.width(),
                  like.height(),
                  like.format(),
                  like.colorspace(),
                  like.color_range()));
      AVFilterContext last = source;
      for (String filter : filters.split(",", -1)) {
        int equals = filter.indexOf('=');
        String name = equals < 0 ? filter : filter.substring(0, equals);
        last = link(last, add(name, equals < 0 ? null : filter.substring(equals + 1)));
      }
      sink = link(last, add("buffersink", null));
      Av.check(avfilter_graph_config(graph, null), file, "its pictures cannot be filtered");
      ready = true;
    } finally {
      if (!ready) {
        close();
      }
    }
  }

  private AVFilterContext add(String filter, String options) throws MediaException {
    AVFilterContext added = new AVFilterContext(null);
    Av.check(
        avfilter_graph_create_filter(
            added, avfilter_get_by_name(filter), filter, options, null, graph),
        file,
        "its pictures cannot be filtered by " + filter);
    return added;
  }

  private AVFilterContext link(AVFilterContext from, AVFilterContext to) throws MediaException {
    Av.check(avfilter_link(from, 0, to, 0), file, "its pictures cannot be filtered");
    return to;
  }

  /** Filters a picture; a new frame, which the caller frees. */
  AVFrame apply(AVFrame picture) throws MediaException {
    write(picture);
    return read();
  }

  /** Passes a picture to a chain that needs several pictures; null for the end. */
  void write(AVFrame picture) throws MediaException {
    Av.check(av_buffersrc_write_frame(source, picture), file, "cannot be filtered");
  }

  /** The next filtered picture; a new frame, which the caller frees. */
  AVFrame read() throws MediaException {
    AVFrame filtered = Av.allocated(av_frame_alloc());
    int result = av_buffersink_get_frame(sink, filtered);
    if (result < 0) {
      av_frame_free(filtered);
    }
    Av.check(result, file, "cannot be filtered");
    return filtered;
  }

  @Override
  public void close() {
    avfilter_graph_free(graph);
  }
}
