package io.latentsync.media;

import static org.bytedeco.ffmpeg.global.avformat.AVIO_FLAG_WRITE;
import static org.bytedeco.ffmpeg.global.avformat.av_interleaved_write_frame;
import static org.bytedeco.ffmpeg.global.avformat.av_write_trailer;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_output_context2;
import static org.bytedeco.ffmpeg.global.avformat.avformat_free_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_new_stream;
import static org.bytedeco.ffmpeg.global.avformat.avformat_write_header;
import static org.bytedeco.ffmpeg.global.avformat.avio_closep;
import static org.bytedeco.ffmpeg.global.avformat.avio_open;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;
import static org.bytedeco.ffmpeg.global.avutil.av_strdup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVOutputFormat;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.javacpp.BytePointer;

/**
 * A media file that is being written: complete after {@link #finish}, else deleted by {@link
 * #close}.
 */
public final class OutputFile implements AutoCloseable {
  private final Path file;
  private final Container container;
  private final AVFormatContext format = new AVFormatContext(null);
  private boolean created;
  private boolean finished;

  /** A file of a format, whatever its name. */
  public OutputFile(Path file, Container container) throws MediaException {
    this.file = file;
    this.container = container;
    Av.check(
        avformat_alloc_output_context2(
            format, (AVOutputFormat) null, container.muxer(), (String) null),
        file,
        "cannot be written");
    // Without FFmpeg's version, so that the same input gives the same bytes.
    format.flags(format.flags() | AVFormatContext.AVFMT_FLAG_BITEXACT);
  }

  /** Adds a stream; before {@link #begin}. */
  public AVStream newStream() {
    return Av.allocated(avformat_new_stream(format, (AVCodec) null));
  }

  /** Sets the comment; before {@link #begin}. */
  public void comment(String text) {
    AVDictionary metadata = new AVDictionary(null);
    Av.checkMemory(av_dict_set(metadata, "comment", text, 0));
    // The context owns it from here on.
    format.metadata(metadata);
  }

  /**
   * Creates the file and writes its header; all streams must have been added.
   *
   * @param playableWhileLoading whether to move the index to the beginning, if the format has it at
   *     the end
   */
  public void begin(boolean playableWhileLoading) throws MediaException {
    AVIOContext io = new AVIOContext(null);
    try (BytePointer url = Av.url(file)) {
      Av.check(avio_open(io, url, AVIO_FLAG_WRITE), file, "cannot be written");
    }
    created = true;
    format.pb(io);
    AVDictionary options = new AVDictionary(null);
    try (BytePointer url = Av.url(file)) {
      if (playableWhileLoading && container.fastStart()) {
        av_dict_set(options, "movflags", "+faststart", 0);
        // Fast start reads the file again, by this name.
        format.url(Av.allocated(av_strdup(url)));
      }
      Av.check(avformat_write_header(format, options), file, "cannot be written");
    } finally {
      av_dict_free(options);
    }
  }

  /** Writes a packet, whose data is moved out of it; its times are in the stream's time base. */
  public void write(AVPacket packet) throws MediaException {
    Av.check(av_interleaved_write_frame(format, packet), file, "cannot be written");
  }

  /** Writes the end of the file, which is complete from here on. */
  public void finish() throws MediaException {
    Av.check(av_write_trailer(format), file, "cannot be completed");
    Av.check(closeFile(), file, "cannot be completed");
    finished = true;
  }

  private int closeFile() {
    AVIOContext io = format.pb();
    if (io == null || io.isNull()) {
      return 0;
    }
    int result = avio_closep(io);
    format.pb(new AVIOContext(null));
    return result;
  }

  @Override
  public void close() {
    closeFile();
    avformat_free_context(format);
    if (created && !finished) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        throw new UncheckedIOException(file + ": the half-written file cannot be deleted", e);
      }
    }
  }
}
