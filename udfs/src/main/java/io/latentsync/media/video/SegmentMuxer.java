package io.latentsync.media.video;

import static org.bytedeco.ffmpeg.global.avcodec.av_packet_rescale_ts;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_copy;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_AUDIO;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_VIDEO;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;
import static org.bytedeco.ffmpeg.global.avutil.av_rescale_q;

import io.latentsync.media.Av;
import io.latentsync.media.Container;
import io.latentsync.media.MediaException;
import io.latentsync.media.OutputFile;
import io.latentsync.media.StreamDecoder;
import io.latentsync.media.sound.AacTrack;
import io.latentsync.time.FrameRate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.javacpp.BytePointer;

/** Joins segments and a sound track into the final video. */
public final class SegmentMuxer {
  private final Path output;
  private final Container container;
  private final OutputFile file;
  private final AVStream video;
  private final AVStream sound;
  private final StreamDecoder track;
  private final FrameRate rate;

  /** The next packet of the sound; null at its end. */
  private AVPacket nextSound;

  private long frames;

  private SegmentMuxer(
      Path output, Container container, OutputFile file, StreamDecoder track, FrameRate rate) {
    this.output = output;
    this.container = container;
    this.file = file;
    this.track = track;
    this.rate = rate;
    this.video = file.newStream();
    this.sound = file.newStream();
  }

  /**
   * Writes the packets of the segments, one segment after the other, and of the sound, unchanged.
   * The file can be played while it is loading.
   *
   * @param segments files of {@link VideoWriter} for the same source, at least one
   * @param sound file of {@link AacTrack#encode} for as many frames at the same rate
   * @param frames number of frames of all segments
   * @param rate of the frames
   * @param comment of the file; empty for none
   * @param output the file to write; an existing file is replaced, and the file is deleted if
   *     anything fails. The ending of its name selects the {@link Container}
   * @throws MediaException if a file cannot be read or written, if the segments do not fit one
   *     another, or if they have another number of frames
   */
  public static void mux(
      List<Path> segments, Path sound, int frames, FrameRate rate, String comment, Path output)
      throws IOException {
    if (segments.isEmpty()) {
      throw new IllegalArgumentException("no segments for " + output);
    }
    Container container =
        Container.of(output.toString())
            .orElseThrow(() -> new MediaException(output, "must end in " + Container.endings()))
            .carrying(codec(segments.get(0)));
    try (StreamDecoder track = new StreamDecoder(sound, AVMEDIA_TYPE_AUDIO);
        OutputFile file = new OutputFile(output, container)) {
      SegmentMuxer muxer = new SegmentMuxer(output, container, file, track, rate);
      if (!comment.isEmpty()) {
        file.comment(comment);
      }
      muxer.begin(segments.get(0));
      for (Path segment : segments) {
        muxer.append(segment);
      }
      if (muxer.frames != frames) {
        throw new MediaException(
            output, "its segments hold %d frames, not %d".formatted(muxer.frames, frames));
      }
      muxer.writeSound(Long.MAX_VALUE);
      file.finish();
    }
  }

  private static int codec(Path segment) throws MediaException {
    try (StreamDecoder video = new StreamDecoder(segment, AVMEDIA_TYPE_VIDEO)) {
      return video.stream().codecpar().codec_id();
    }
  }

  private void begin(Path first) throws MediaException {
    try (StreamDecoder segment = new StreamDecoder(first, AVMEDIA_TYPE_VIDEO)) {
      AVStream source = segment.stream();
      Av.check(
          avcodec_parameters_copy(video.codecpar(), source.codecpar()),
          output,
          "cannot be written");
      video.codecpar().codec_tag(container.tag(source.codecpar().codec_id()));
      video.time_base().num(rate.denominator()).den(rate.numerator());
      video.avg_frame_rate().num(rate.numerator()).den(rate.denominator());
      video
          .sample_aspect_ratio()
          .num(source.sample_aspect_ratio().num())
          .den(source.sample_aspect_ratio().den());
    }
    Av.check(
        avcodec_parameters_copy(sound.codecpar(), track.stream().codecpar()),
        output,
        "cannot be written");
    sound.codecpar().codec_tag(0);
    sound.time_base().num(1).den(sound.codecpar().sample_rate());
    nextSound = track.nextPacket();
    if (nextSound != null && nextSound.pts() < 0) {
      // Samples that the encoder adds before the first one; formats without edit lists store their
      // number.
      AVRational base = track.stream().time_base();
      sound
          .codecpar()
          .initial_padding((int) av_rescale_q(-nextSound.pts(), base, sound.time_base()));
    }
    file.begin(true);
  }

  private void append(Path path) throws MediaException {
    try (StreamDecoder segment = new StreamDecoder(path, AVMEDIA_TYPE_VIDEO)) {
      AVCodecParameters parameters = segment.stream().codecpar();
      if (parameters.width() != video.codecpar().width()
          || parameters.height() != video.codecpar().height()
          || !Arrays.equals(extradata(parameters), extradata(video.codecpar()))) {
        throw new MediaException(path, "is not coded like the first segment of " + output);
      }
      // Number of pictures that the encoder may delay for reordering. It is the same for all
      // segments, so the packet count gives decoding times that increase by one through the whole
      // file.
      int delay = parameters.video_delay();
      AVRational base = segment.stream().time_base();
      long start = frames;
      for (AVPacket packet = segment.nextPacket(); packet != null; packet = segment.nextPacket()) {
        if (packet.pts() == AV_NOPTS_VALUE) {
          throw new MediaException(path, "has a packet without a timestamp");
        }
        long shown = start + SourceRate.frame(packet.pts(), base, rate);
        writeSound(frames);
        packet.pts(shown);
        packet.dts(frames - delay);
        packet.duration(1);
        packet.stream_index(video.index());
        packet.pos(-1);
        packet.time_base().num(rate.denominator()).den(rate.numerator());
        av_packet_rescale_ts(packet, packet.time_base(), video.time_base());
        file.write(packet);
        frames++;
      }
    }
  }

  /**
   * Writes the sound that begins before a frame, so that pictures and sound are interleaved in the
   * file.
   */
  private void writeSound(long frame) throws MediaException {
    int sampleRate = sound.codecpar().sample_rate();
    while (nextSound != null
        && (frame == Long.MAX_VALUE || nextSound.pts() <= rate.tick(frame, sampleRate))) {
      nextSound.stream_index(sound.index());
      nextSound.pos(-1);
      av_packet_rescale_ts(nextSound, track.stream().time_base(), sound.time_base());
      file.write(nextSound);
      nextSound = track.nextPacket();
    }
  }

  private static byte[] extradata(AVCodecParameters parameters) {
    byte[] data = new byte[parameters.extradata_size()];
    BytePointer pointer = parameters.extradata();
    if (data.length > 0) {
      pointer.get(data);
    }
    return data;
  }
}
