package io.latentsync.train.head;

import com.sun.jna.Callback;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.ptr.IntByReference;
import io.latentsync.media.AudioReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;

/**
 * Speech synthesis by espeak-ng (its C library, API revision 12), with the times of the phonemes.
 * Only making data needs it; see {@link #available()}.
 *
 * <p>The library keeps state from one utterance to the next, by which the samples of the same
 * sentence differ slightly. So each utterance is spoken by a fresh copy of the library.
 */
public final class EspeakNg {
  private static final String INSTALL =
      "libespeak-ng is not installed: making speech needs the package espeak-ng"
          + " (apt-get install espeak-ng)";

  /** RTLD_NOW without RTLD_GLOBAL: the copies must not see one another's variables. */
  private static final Map<String, Object> OPEN_LOCAL =
      Map.of(Library.OPTION_OPEN_FLAGS, 2, Library.OPTION_STRING_ENCODING, "UTF-8");

  /** Silence before and after the speech, in frames. */
  private static final int LEAD_FRAMES = 5;

  private static final int TAIL_FRAMES = 5;

  private final Path library;

  /**
   * Finds the library.
   *
   * @throws IllegalStateException if it is not installed
   */
  public EspeakNg() {
    try (NativeLibrary found = NativeLibrary.getInstance("espeak-ng", OPEN_LOCAL)) {
      library = found.getFile().toPath();
    } catch (UnsatisfiedLinkError e) {
      throw new IllegalStateException(INSTALL, e);
    }
  }

  /** Whether espeak-ng is installed. */
  public static boolean available() {
    try (NativeLibrary found = NativeLibrary.getInstance("espeak-ng", OPEN_LOCAL)) {
      return found != null;
    } catch (UnsatisfiedLinkError e) {
      return false;
    }
  }

  /**
   * Speaks sentences, with 0.2 s of silence before and after; the same arguments give the same
   * samples.
   *
   * @throws IllegalArgumentException if there is no such voice
   * @throws IOException if no temporary file can be written
   */
  public Speech speak(String text, Voice voice) throws IOException {
    Path folder = Files.createTempDirectory("espeak");
    Path copy = folder.resolve("libespeak-ng-copy.so");
    Path wav = folder.resolve("speech.wav");
    try {
      Files.copy(library, copy, StandardCopyOption.REPLACE_EXISTING);
      Utterance utterance = new Utterance();
      int rate = synthesise(copy, text, voice, utterance);
      writeWav(utterance.samples.toByteArray(), rate, wav);
      return speech(read(wav), utterance);
    } finally {
      Files.deleteIfExists(wav);
      Files.deleteIfExists(copy);
      Files.deleteIfExists(folder);
    }
  }

  private static int synthesise(Path copy, String text, Voice voice, Utterance utterance) {
    SpeakLib lib = Native.load(copy.toString(), SpeakLib.class, OPEN_LOCAL);
    try (NativeLibrary loaded = NativeLibrary.getInstance(copy.toString(), OPEN_LOCAL)) {
      int rate =
          lib.espeak_Initialize(
              SpeakLib.AUDIO_OUTPUT_SYNCHRONOUS,
              0,
              null,
              SpeakLib.PHONEME_EVENTS | SpeakLib.PHONEME_IPA | SpeakLib.DONT_EXIT);
      if (rate <= 0) {
        throw new IllegalStateException(
            "espeak-ng finds no data: install the package espeak-ng-data");
      }
      if (lib.espeak_SetVoiceByName(voice.name()) != 0) {
        throw new IllegalArgumentException("espeak-ng has no voice " + voice.name());
      }
      lib.espeak_SetParameter(SpeakLib.RATE, voice.wordsPerMinute(), 0);
      lib.espeak_SetParameter(SpeakLib.PITCH, voice.pitch(), 0);
      lib.espeak_SetSynthCallback(utterance);
      byte[] utf8 = (text + "\0").getBytes(StandardCharsets.UTF_8);
      int result =
          lib.espeak_Synth(
              utf8,
              new NativeLong(utf8.length, true),
              0,
              SpeakLib.POSITION_CHARACTER,
              0,
              SpeakLib.CHARS_UTF8,
              null,
              null);
      if (result != 0) {
        throw new IllegalStateException("espeak-ng cannot speak (error " + result + "): " + text);
      }
      lib.espeak_Terminate();
      return rate;
    }
  }

  private static Speech speech(short[] spoken, Utterance utterance) {
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
    for (Utterance.Onset onset : utterance.onsets) {
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

  /** Collects what the library hands out while it speaks. */
  private static final class Utterance implements SpeakLib.SynthCallback {
    private final ByteArrayOutputStream samples = new ByteArrayOutputStream();
    private final List<Onset> onsets = new ArrayList<>();

    record Onset(int milliseconds, String ipa) {}

    @Override
    public int invoke(Pointer wave, int count, Pointer events) {
      if (wave != null && count > 0) {
        samples.writeBytes(wave.getByteArray(0, 2 * count));
      }
      Pointer at = events;
      SpeakLib.Event event = new SpeakLib.Event(at);
      while (event.type != SpeakLib.EVENT_LIST_TERMINATED) {
        if (event.type == SpeakLib.EVENT_PHONEME) {
          onsets.add(new Onset(event.audioPosition, event.name()));
        }
        at = at.share(event.size());
        event = new SpeakLib.Event(at);
      }
      return 0;
    }
  }

  /** The part of espeak-ng's speak_lib.h that is used. */
  interface SpeakLib extends Library {
    int AUDIO_OUTPUT_SYNCHRONOUS = 2;
    int PHONEME_EVENTS = 0x0001;
    int PHONEME_IPA = 0x0002;
    int DONT_EXIT = 0x8000;
    int RATE = 1;
    int PITCH = 3;
    int POSITION_CHARACTER = 1;
    int CHARS_UTF8 = 1;
    int EVENT_LIST_TERMINATED = 0;
    int EVENT_PHONEME = 7;

    int espeak_Initialize(int output, int bufferMilliseconds, String dataPath, int options);

    int espeak_SetVoiceByName(String name);

    int espeak_SetParameter(int parameter, int value, int relative);

    void espeak_SetSynthCallback(SynthCallback callback);

    int espeak_Synth(
        byte[] text,
        NativeLong size,
        int position,
        int positionType,
        int endPosition,
        int flags,
        IntByReference identifier,
        Pointer userData);

    int espeak_Terminate();

    /** t_espeak_callback: samples, their count, and the events among them. */
    interface SynthCallback extends Callback {
      int invoke(Pointer wave, int count, Pointer events);
    }

    /** espeak_EVENT; the union at its end holds the phoneme's name, UTF-8, zero-terminated. */
    @Structure.FieldOrder({
      "type",
      "uniqueIdentifier",
      "textPosition",
      "length",
      "audioPosition",
      "sample",
      "userData",
      "id"
    })
    final class Event extends Structure {
      public int type;
      public int uniqueIdentifier;
      public int textPosition;
      public int length;
      public int audioPosition;
      public int sample;
      public Pointer userData;
      public byte[] id = new byte[8];

      Event(Pointer memory) {
        super(memory);
        read();
      }

      String name() {
        int end = 0;
        while (end < id.length && id[end] != 0) {
          end++;
        }
        return new String(id, 0, end, StandardCharsets.UTF_8);
      }
    }
  }
}
