package io.latentsync.media.sound;

import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_DBL;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_DBLP;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_FLT;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_FLTP;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_make_writable;
import static org.bytedeco.ffmpeg.global.avutil.av_sample_fmt_is_planar;

import io.latentsync.memory.NativeMemoryException;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.javacpp.BytePointer;

/** Replaces and counts invalid floating-point samples of decoded frames. */
final class SampleRepair {
  /** Full scale is 1; a mix exceeds it by a few times at most. */
  private static final double LOUDEST = 100;

  private long sounding;
  private long notNumbers;
  private long outOfRange;

  /** The faults found so far. */
  SoundRepairs repairs() {
    return new SoundRepairs(sounding, notNumbers, outOfRange);
  }

  /** Repairs a frame; a frame of integer samples is not changed. */
  void apply(AVFrame frame) {
    int format = frame.format();
    boolean single = format == AV_SAMPLE_FMT_FLT || format == AV_SAMPLE_FMT_FLTP;
    if (!single && format != AV_SAMPLE_FMT_DBL && format != AV_SAMPLE_FMT_DBLP) {
      return;
    }
    boolean planar = av_sample_fmt_is_planar(format) != 0;
    int channels = frame.ch_layout().nb_channels();
    int planes = planar ? channels : 1;
    int samples = planar ? frame.nb_samples() : frame.nb_samples() * channels;
    long wrong = notNumbers + outOfRange;
    for (int plane = 0; plane < planes; plane++) {
      if (single) {
        count(floats(frame, plane, samples));
      } else {
        count(doubles(frame, plane, samples));
      }
    }
    if (notNumbers + outOfRange > wrong) {
      if (av_frame_make_writable(frame) < 0) {
        throw new NativeMemoryException();
      }
      for (int plane = 0; plane < planes; plane++) {
        if (single) {
          replace(floats(frame, plane, samples));
        } else {
          replace(doubles(frame, plane, samples));
        }
      }
    }
  }

  private static FloatBuffer floats(AVFrame frame, int plane, int samples) {
    return bytes(frame, plane, (long) Float.BYTES * samples)
        .asByteBuffer()
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  private static DoubleBuffer doubles(AVFrame frame, int plane, int samples) {
    return bytes(frame, plane, (long) Double.BYTES * samples)
        .asByteBuffer()
        .order(ByteOrder.nativeOrder())
        .asDoubleBuffer();
  }

  private static BytePointer bytes(AVFrame frame, int plane, long length) {
    return new BytePointer(frame.extended_data().get(plane)).capacity(length);
  }

  private void count(FloatBuffer samples) {
    while (samples.hasRemaining()) {
      count(samples.get());
    }
  }

  private void count(DoubleBuffer samples) {
    while (samples.hasRemaining()) {
      count(samples.get());
    }
  }

  private void count(double sample) {
    if (sample != 0) {
      sounding++;
    }
    if (!Double.isFinite(sample)) {
      notNumbers++;
    } else if (Math.abs(sample) > LOUDEST) {
      outOfRange++;
    }
  }

  private static void replace(FloatBuffer samples) {
    for (int i = 0; i < samples.limit(); i++) {
      if (isWrong(samples.get(i))) {
        samples.put(i, 0);
      }
    }
  }

  private static void replace(DoubleBuffer samples) {
    for (int i = 0; i < samples.limit(); i++) {
      if (isWrong(samples.get(i))) {
        samples.put(i, 0);
      }
    }
  }

  private static boolean isWrong(double sample) {
    return !(Math.abs(sample) <= LOUDEST);
  }
}
