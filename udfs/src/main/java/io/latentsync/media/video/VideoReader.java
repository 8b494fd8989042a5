package io.latentsync.media.video;

import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_VIDEO;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_clone;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_image_get_buffer_size;

import io.latentsync.media.Av;
import io.latentsync.media.MediaException;
import io.latentsync.media.StreamDecoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/**
 * Random access to the frames of a video. A frame's samples are bit-identical whatever was read
 * before it: decoding starts at a keyframe that precedes every picture the frame depends on.
 *
 * <p>Reading forwards decodes each picture once. A cache holds the last decoded pictures, so
 * reading backwards decodes a group of pictures once for up to 32 frames, not once for each frame.
 */
public final class VideoReader implements AutoCloseable {
  private static final int MOST_KEPT = 32;

  /** A picture and its neighbours. */
  private static final int FEWEST_KEPT = 3;

  private static final long KEPT_BYTES = 160L << 20;

  /** Skipping so few frames is cheaper by decoding them than by starting at another keyframe. */
  private static final int SHORT_SKIP = 16;

  /** A video whose format changes usually has only a few formats. */
  private static final int MOST_CHAINS = 4;

  private final Path file;
  private final VideoProbe probe;
  private final long[] pictures;
  private final long[] keys;
  private final AVFrame decoded = Av.allocated(av_frame_alloc());

  /**
   * Cache of pictures by their value in {@link VideoProbe#pictures}; the lowest is evicted first.
   */
  private final TreeMap<Long, Picture> kept = new TreeMap<>();

  /** A decoded picture. */
  private record Picture(AVFrame samples, PictureFormat format, FrameState state) {
    Picture as(FrameState other) {
      return new Picture(samples, format, other);
    }

    void free() {
      av_frame_free(samples);
    }
  }

  /** The pictures that searches from the start of the file have found; mostly none. */
  private final TreeSet<Long> found = new TreeSet<>();

  private boolean searching;

  /** All pictures up to this one are {@link #found}, or cannot be decoded. */
  private long searched = Long.MIN_VALUE;

  private StreamDecoder video;

  /** The orientation filters of each picture format; the least recently used is evicted first. */
  private final Map<PictureFormat, FilterChain> upright = new LinkedHashMap<>(8, 0.75f, true);

  private long position;

  /** The keyframe that decoding started from; Long.MIN_VALUE for the beginning. */
  private long start;

  /**
   * Orientation of the last decoded picture; one in the bitstream applies until the next keyframe.
   */
  private String orientation;

  private int last = -1;

  private VideoReader(Path file, VideoProbe probe) throws MediaException {
    this.file = file;
    this.probe = probe;
    this.pictures = probe.pictures().toArray();
    this.keys = probe.keys().toArray();
    boolean opened = false;
    try {
      rewind();
      opened = true;
    } finally {
      if (!opened) {
        close();
      }
    }
  }

  /**
   * Opens a video.
   *
   * @param probe the result of {@link VideoProbe#of} for this file
   * @throws MediaException if the file cannot be opened
   */
  public static VideoReader open(Path file, VideoProbe probe) throws IOException {
    return new VideoReader(file, probe);
  }

  /**
   * Reads a frame; the caller closes it. It remains valid after the reader is closed.
   *
   * @param frame 0…{@link VideoProbe#frames()} − 1
   * @throws IndexOutOfBoundsException for any other number
   * @throws MediaException if the file cannot be read
   */
  public VideoFrame read(int frame) throws IOException {
    long wanted = pictures[frame];
    Picture picture = kept.get(wanted);
    if (picture == null) {
      picture = decode(frame);
    }
    last = frame;
    picture.format().requireConvertible(file);
    boolean interlaced =
        probe.deinterlacing() == Deinterlacing.AUTO
            && (picture.samples().flags() & AVFrame.AV_FRAME_FLAG_INTERLACED) != 0;
    AVFrame full =
        interlaced ? deinterlaced(frame) : Av.allocated(av_frame_clone(picture.samples()));
    return new VideoFrame(
        probe,
        upright(picture.format(), full),
        !picture.format().equals(probe.coded()),
        interlaced,
        picture.state());
  }

  /**
   * Deinterlaces a frame. The input is always its picture and the two neighbours, so the result
   * does not depend on where decoding started.
   *
   * @return a new frame
   */
  private AVFrame deinterlaced(int frame) throws MediaException {
    long wanted = pictures[frame];
    decodeAround(frame);
    Picture picture = kept.containsKey(wanted) ? kept.get(wanted) : decode(frame);
    Optional<Picture> before = like(picture, kept.lowerEntry(wanted));
    Optional<Picture> after = like(picture, kept.higherEntry(wanted));
    try (FilterChain bwdif =
        new FilterChain(file, "bwdif=mode=send_frame:deint=all", picture.samples())) {
      long time = 0;
      for (Optional<Picture> next : List.of(before, Optional.of(picture), after)) {
        if (next.isPresent()) {
          AVFrame samples = Av.allocated(av_frame_clone(next.get().samples()));
          try {
            samples.pts(time++);
            bwdif.write(samples);
          } finally {
            av_frame_free(samples);
          }
        }
      }
      bwdif.write(null);
      if (before.isPresent()) {
        av_frame_free(bwdif.read());
      }
      return bwdif.read();
    }
  }

  private static Optional<Picture> like(Picture picture, Map.Entry<Long, Picture> neighbour) {
    return Optional.ofNullable(neighbour)
        .map(Map.Entry::getValue)
        .filter(other -> other.format().equals(picture.format()));
  }

  /** Decodes until the cache has a frame's picture and its neighbours, as far as they exist. */
  private void decodeAround(int frame) throws MediaException {
    long wanted = pictures[frame];
    int before = frame;
    while (before >= 0 && pictures[before] == wanted) {
      before--;
    }
    long key = before < 0 || !probe.seekable() ? Long.MIN_VALUE : keys[before];
    if (kept.lowerKey(wanted) == null || start > key) {
      start(key);
      decodeUpTo(wanted);
    }
    if (kept.higherKey(wanted) == null) {
      decodeNext();
    }
  }

  /**
   * Returns the upright picture, without the tags that FFmpeg's scaler refuses; frees the input.
   */
  private AVFrame upright(PictureFormat format, AVFrame picture) throws MediaException {
    ColorTags.dropRefused(picture);
    if (format.orientation().isEmpty()) {
      return picture;
    }
    try {
      return chain(format, picture).apply(picture);
    } finally {
      av_frame_free(picture);
    }
  }

  private FilterChain chain(PictureFormat format, AVFrame like) throws MediaException {
    FilterChain chain = upright.get(format);
    if (chain == null) {
      if (upright.size() == MOST_CHAINS) {
        upright.remove(upright.keySet().iterator().next()).close();
      }
      chain = new FilterChain(file, format.orientation(), like);
      upright.put(format, chain);
    }
    return chain;
  }

  private Picture decode(int frame) throws MediaException {
    long wanted = pictures[frame];
    long key = keys[frame];
    boolean near = frame > last && frame - last <= SHORT_SKIP;
    if (position >= wanted || !(near || key <= position)) {
      start(probe.seekable() ? key : Long.MIN_VALUE);
    }
    Picture picture = decodeUpTo(wanted);
    if (picture == null) {
      Optional<Picture> replacement = replacement(frame);
      if (replacement.isPresent()) {
        return replacement.get();
      }
      // The picture depends on data before its keyframe (as with gradual refresh).
      rewind();
      searching = true;
      picture = decodeUpTo(wanted);
      searching = false;
      // Without a later picture, the search has reached the end of the file.
      searched = position < wanted ? Long.MAX_VALUE : Math.max(searched, position);
    }
    return picture == null ? nearest(frame) : picture;
  }

  /**
   * The replacement of a picture that a search from the start of the file did not find. Without it,
   * each of several damaged pictures would cost such a search.
   */
  private Optional<Picture> replacement(int frame) throws MediaException {
    long wanted = pictures[frame];
    if (wanted > searched || found.contains(wanted)) {
      return Optional.empty();
    }
    Long before = found.floor(wanted);
    if (before == null) {
      return Optional.empty();
    }
    Picture picture = kept.get(before);
    if (picture == null) {
      start(keys[lastUpTo(before)]);
      picture = decodeUpTo(before);
    }
    return Optional.ofNullable(picture).map(there -> there.as(FrameState.MISSING));
  }

  /** The last frame that does not show a later picture than this. */
  private int lastUpTo(long picture) {
    int frame = Arrays.binarySearch(pictures, picture);
    return Math.max(0, frame >= 0 ? frame : -frame - 2);
  }

  /** The replacement of a damaged picture: the picture before it, as in a full decode. */
  private Picture nearest(int frame) throws MediaException {
    Map.Entry<Long, Picture> before = kept.floorEntry(pictures[frame]);
    if (before != null) {
      return before.getValue().as(FrameState.MISSING);
    }
    if (kept.isEmpty()) {
      throw new MediaException(file, "frame " + frame + " cannot be decoded");
    }
    Picture first = kept.firstEntry().getValue();
    // A stream may begin with pictures that depend on absent ones; that is not damage.
    return video.failures() == 0 ? first : first.as(FrameState.MISSING);
  }

  private Picture decodeUpTo(long wanted) throws MediaException {
    while (position < wanted && decodeNext()) {}
    return kept.get(wanted);
  }

  /** Decodes one picture into the cache; false at the end. */
  private boolean decodeNext() throws MediaException {
    boolean some = video.nextFrame(decoded);
    if (some) {
      position = probe.seekable() ? decoded.best_effort_timestamp() : position + 1;
      keep();
    }
    return some;
  }

  private void keep() {
    if (searching && probe.seekable()) {
      found.add(position);
    }
    long bytes = av_image_get_buffer_size(decoded.format(), decoded.width(), decoded.height(), 1);
    long most = Math.min(MOST_KEPT, Math.max(FEWEST_KEPT, KEPT_BYTES / Math.max(1, bytes)));
    while (kept.size() >= most) {
      kept.pollFirstEntry().getValue().free();
    }
    boolean key = (decoded.flags() & AVFrame.AV_FRAME_FLAG_KEY) != 0;
    PictureFormat format =
        PictureFormat.of(decoded, key ? probe.coded().orientation() : orientation);
    orientation = format.orientation();
    boolean flawed =
        (decoded.flags() & AVFrame.AV_FRAME_FLAG_CORRUPT) != 0 || decoded.decode_error_flags() != 0;
    Picture replaced =
        kept.put(
            position,
            new Picture(
                Av.allocated(av_frame_clone(decoded)),
                format,
                flawed ? FrameState.CONCEALED : FrameState.INTACT));
    if (replaced != null) {
      replaced.free();
    }
  }

  /** Seeks to a keyframe; to the start for Long.MIN_VALUE or if the container cannot seek. */
  private void start(long key) throws MediaException {
    forget();
    if (key == Long.MIN_VALUE || !video.seek(key)) {
      rewind();
    } else {
      start = key;
    }
  }

  private void rewind() throws MediaException {
    forget();
    if (video != null) {
      video.close();
      video = null;
    }
    video = new StreamDecoder(file, AVMEDIA_TYPE_VIDEO);
    start = Long.MIN_VALUE;
  }

  private void forget() {
    kept.values().forEach(Picture::free);
    kept.clear();
    orientation = probe.coded().orientation();
    position = probe.seekable() ? Long.MIN_VALUE : -1;
  }

  @Override
  public void close() {
    kept.values().forEach(Picture::free);
    kept.clear();
    av_frame_free(decoded);
    upright.values().forEach(FilterChain::close);
    if (video != null) {
      video.close();
    }
  }
}
