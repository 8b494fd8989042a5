package io.latentsync.train.speech;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import io.latentsync.media.sound.AudioReader;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;

/**
 * Speech synthesis by espeak-ng (its C library, API revision 12), with the times of the phonemes.
 * Only the training data need it; see {@link #available()}.
 *
 * <p>The library keeps state between utterances, which changes the samples slightly, and its
 * shutdown can hang (1.51). So each utterance has its own process ({@link EspeakProcess}).
 * Instances are safe for use by several threads.
 */
public final class EspeakNg {
  /** Silence before and after the speech, in frames. */
  private static final int LEAD_FRAMES = 5;

  private static final int TAIL_FRAMES = 5;

  /**
   * Finds the library.
   *
   * @throws IOException if it is not installed
   */
  public EspeakNg() throws IOException {
    this(EspeakProcess.LIBRARY);
  }

  EspeakNg(String library) throws IOException {
    if (!available(library)) {
      throw new IOException(
          "lib%s is not installed; install espeak-ng (such as: apt-get install espeak-ng)"
              .formatted(library));
    }
  }

  /** Whether espeak-ng is installed. */
  public static boolean available() {
    return available(EspeakProcess.LIBRARY);
  }

  private static boolean available(String library) {
    try (NativeLibrary found = NativeLibrary.getInstance(library)) {
      return found != null;
    } catch (UnsatisfiedLinkError e) {
      return false;
    }
  }

  /** The start of a sound, as the library reports it. */
  private record Onset(int milliseconds, String ipa) {}

  /**
   * Speaks sentences, with 0.2 s of silence before and after; the same arguments give the same
   * samples.
   *
   * @throws IllegalArgumentException if there is no such voice
   * @throws IllegalStateException if the library fails
   * @throws IOException if no temporary file can be written
   */
  public Speech speak(String text, Voice voice) throws IOException {
    Path folder = Files.createTempDirectory("espeak");
    Path spoken = folder.resolve("spoken");
    Path messages = folder.resolve("messages");
    Path wav = folder.resolve("speech.wav");
    Path variant = folder.resolve("throat");
    try {
      Files.writeString(variant, voice.variant().text());
      run(text, voice, spoken, variant, messages);
      List<Onset> onsets = new ArrayList<>();
      try (DataInputStream in =
          new DataInputStream(new BufferedInputStream(Files.newInputStream(spoken)))) {
        int rate = in.readInt();
        int count = in.readInt();
        for (int i = 0; i < count; i++) {
          onsets.add(new Onset(in.readInt(), in.readUTF()));
        }
        writeWav(in.readAllBytes(), rate, wav);
      }
      return speech(read(wav), onsets);
    } finally {
      MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }

  private static void run(String text, Voice voice, Path spoken, Path variant, Path messages)
      throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                place(EspeakProcess.class) + File.pathSeparator + place(Native.class),
                EspeakProcess.class.getName(),
                spoken.toString(),
                variant.toString(),
                voice.name(),
                String.valueOf(voice.wordsPerMinute()),
                String.valueOf(voice.pitch()),
                text)
            .redirectErrorStream(true)
            .redirectOutput(messages.toFile())
            .start();
    int code;
    try {
      code = process.waitFor();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while espeak-ng synthesised: " + text, e);
    }
    if (code == EspeakProcess.NO_SUCH_VOICE) {
      throw new IllegalArgumentException("espeak-ng has no voice " + voice.name());
    } else if (code != 0) {
      throw new IllegalStateException(
          "espeak-ng cannot speak \"%s\" (exit status %d): %s"
              .formatted(text, code, Files.readString(messages).strip()));
    }
  }

  /** The folder or jar that a class was loaded from. */
  private static Path place(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException("no file holds " + type.getName(), e);
    }
  }

  private static Speech speech(short[] spoken, List<Onset> onsets) {
    int lead = LEAD_FRAMES * Speech.SAMPLES_PER_FRAME;
    int frames =
        LEAD_FRAMES
            + TAIL_FRAMES
            + (spoken.length + Speech.SAMPLES_PER_FRAME - 1) / Speech.SAMPLES_PER_FRAME;
    short[] samples = new short[frames * Speech.SAMPLES_PER_FRAME];
    System.arraycopy(spoken, 0, samples, lead, spoken.length);

    double end = (double) samples.length / AudioReader.SAMPLE_RATE;
    double from = (double) lead / AudioReader.SAMPLE_RATE;
    List<Phoneme> phonemes = new ArrayList<>();
    String name = "";
    double start = 0;
    for (Onset onset : onsets) {
      double time = from + onset.milliseconds() / 1000.0;
      phonemes.add(new Phoneme(name, start, time));
      name = onset.ipa();
      start = time;
    }
    double spokenEnd = from + (double) spoken.length / AudioReader.SAMPLE_RATE;
    phonemes.add(new Phoneme(name, start, Math.max(start, spokenEnd)));
    phonemes.add(new Phoneme("", Math.max(start, spokenEnd), end));
    return new Speech(samples, phonemes);
  }

  private static void writeWav(byte[] samples, int rate, Path wav) throws IOException {
    AudioFormat format = new AudioFormat(rate, 16, 1, true, false);
    try (AudioInputStream stream =
        new AudioInputStream(new ByteArrayInputStream(samples), format, samples.length / 2)) {
      AudioSystem.write(stream, AudioFileFormat.Type.WAVE, wav.toFile());
    }
  }

  private static short[] read(Path wav) throws IOException {
    try (AudioReader reader = AudioReader.open(wav)) {
      short[] samples = new short[(int) Files.size(wav)];
      int count = Math.max(0, reader.read(samples));
      return Arrays.copyOf(samples, count);
    }
  }
}
