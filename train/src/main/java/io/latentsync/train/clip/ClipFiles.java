package io.latentsync.train.clip;

import io.latentsync.media.sound.AacTrack;
import io.latentsync.media.sound.AudioReader;
import io.latentsync.media.video.SegmentMuxer;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoWriter;
import io.latentsync.time.FrameRate;
import io.latentsync.train.head.MouthShape;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;

/** Writes synthetic clips, their speech and their true mouths to files. */
public final class ClipFiles {
  private ClipFiles() {}

  /** Writes the clip with its speech as an MP4. */
  public static void writeVideo(SyntheticClip clip, Path mp4) throws IOException {
    Path folder = Files.createTempDirectory("clip");
    Path pictures = folder.resolve("pictures.mp4");
    Path speech = folder.resolve("speech.wav");
    Path sound = folder.resolve("sound.mp4");
    try {
      VideoProbe like = VideoProbe.ofPictures(SyntheticClip.SIZE, SyntheticClip.SIZE);
      try (VideoWriter writer = VideoWriter.open(pictures, like)) {
        for (int i = 0; i < clip.frames(); i++) {
          try (VideoFrame frame = VideoFrame.of(clip.frame(i), like)) {
            writer.write(frame);
          }
        }
        writer.finish();
      }
      writeSpeech(clip, speech);
      AacTrack.encode(speech, clip.frames(), FrameRate.REFERENCE, AacTrack.End.EARLY, sound);
      SegmentMuxer.mux(List.of(pictures), sound, clip.frames(), FrameRate.REFERENCE, "", mp4);
    } finally {
      Files.deleteIfExists(sound);
      Files.deleteIfExists(speech);
      Files.deleteIfExists(pictures);
      Files.deleteIfExists(folder);
    }
  }

  /** Writes the clip's speech as a WAV: 16 kHz, one channel, 16 bit. */
  public static void writeSpeech(SyntheticClip clip, Path wav) throws IOException {
    short[] speech = clip.speech();
    ByteBuffer bytes = ByteBuffer.allocate(2 * speech.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asShortBuffer().put(speech);
    AudioFormat format = new AudioFormat(AudioReader.SAMPLE_RATE, 16, 1, true, false);
    try (AudioInputStream stream =
        new AudioInputStream(new ByteArrayInputStream(bytes.array()), format, speech.length)) {
      AudioSystem.write(stream, AudioFileFormat.Type.WAVE, wav.toFile());
    }
  }

  /** Writes the mouth of each frame as a CSV with a header; values are 0…1. */
  public static void writeTruth(SyntheticClip clip, Path csv) throws IOException {
    StringBuilder rows = new StringBuilder("frame,opening,width,rounding,teeth,tongue\n");
    for (int i = 0; i < clip.frames(); i++) {
      MouthShape mouth = clip.mouth(i);
      rows.append(
          String.format(
              Locale.ROOT,
              "%d,%.4f,%.4f,%.4f,%.4f,%.4f%n",
              i,
              mouth.opening(),
              mouth.width(),
              mouth.rounding(),
              mouth.teeth(),
              mouth.tongue()));
    }
    Files.writeString(csv, rows.toString().replace(System.lineSeparator(), "\n"));
  }
}
