package io.latentsync.train.speech;

import com.sun.jna.Callback;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.PointerByReference;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The process that speaks one utterance with libespeak-ng. Arguments: the file to write, the voice
 * variant's file (empty: the voice's own), voice, words per minute, pitch, text. The written file
 * holds, big-endian: sample rate in Hz, number of sounds; for each sound its start in milliseconds
 * and its name (modified UTF-8); then the samples of the library.
 */
final class EspeakProcess {
  static final String LIBRARY = "espeak-ng";

  /** Exit status. */
  static final int NO_SUCH_VOICE = 2;

  private static final String VOICES = "voices";
  private static final String VARIANTS = "!v";

  private EspeakProcess() {}

  /** Speaks. */
  public static void main(String[] arguments) throws IOException {
    SpeakLib lib =
        Native.load(LIBRARY, SpeakLib.class, Map.of(Library.OPTION_STRING_ENCODING, "UTF-8"));
    Path variant = Path.of(arguments[1]);
    boolean own = Files.size(variant) > 0;
    int rate =
        lib.espeak_Initialize(
            SpeakLib.AUDIO_OUTPUT_SYNCHRONOUS,
            0,
            own ? dataWith(lib, variant).toString() : null,
            SpeakLib.PHONEME_EVENTS | SpeakLib.PHONEME_IPA | SpeakLib.DONT_EXIT);
    if (rate <= 0) {
      throw new IllegalStateException("no data: install the package espeak-ng-data");
    }
    String voice = own ? arguments[2] + "+" + variant.getFileName() : arguments[2];
    if (lib.espeak_SetVoiceByName(voice) != 0) {
      Runtime.getRuntime().halt(NO_SUCH_VOICE);
    }
    lib.espeak_SetParameter(SpeakLib.RATE, Integer.parseInt(arguments[3]), 0);
    lib.espeak_SetParameter(SpeakLib.PITCH, Integer.parseInt(arguments[4]), 0);
    Utterance utterance = new Utterance();
    lib.espeak_SetSynthCallback(utterance);
    byte[] text = (arguments[5] + "\0").getBytes(StandardCharsets.UTF_8);
    int result =
        lib.espeak_Synth(
            text,
            new NativeLong(text.length, true),
            0,
            SpeakLib.POSITION_CHARACTER,
            0,
            SpeakLib.CHARS_UTF8,
            null,
            null);
    if (result != 0) {
      throw new IllegalStateException("espeak_Synth returned " + result);
    }
    utterance.write(rate, Path.of(arguments[0]));
    // The library's threads still wait for work, so the process does not end by itself.
    Runtime.getRuntime().halt(0);
  }

  /**
   * The library reads variants only from its data folder. This makes a data folder next to the
   * variant's file, with links to the installed data and with this variant alone.
   */
  private static Path dataWith(SpeakLib lib, Path variant) throws IOException {
    lib.espeak_ng_InitializePath(null);
    PointerByReference found = new PointerByReference();
    lib.espeak_Info(found);
    Path installed = Path.of(found.getValue().getString(0));
    Path data = Files.createDirectory(variant.resolveSibling("data"));
    Path voices = Files.createDirectory(data.resolve(VOICES));
    Path variants = Files.createDirectory(voices.resolve(VARIANTS));
    linkAll(installed, data, VOICES);
    linkAll(installed.resolve(VOICES), voices, VARIANTS);
    Files.createSymbolicLink(variants.resolve(variant.getFileName()), variant);
    return data;
  }

  private static void linkAll(Path from, Path to, String but) throws IOException {
    try (Stream<Path> all = Files.list(from)) {
      for (Path entry : all.filter(path -> !path.endsWith(but)).toList()) {
        Files.createSymbolicLink(to.resolve(entry.getFileName()), entry);
      }
    }
  }

  /** Collects the samples and sounds that the library reports. */
  private static final class Utterance implements SpeakLib.SynthCallback {
    private final ByteArrayOutputStream samples = new ByteArrayOutputStream();
    private final List<Onset> onsets = new ArrayList<>();

    record Onset(int milliseconds, String ipa) {}

    void write(int rate, Path file) throws IOException {
      try (DataOutputStream out =
          new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
        out.writeInt(rate);
        out.writeInt(onsets.size());
        for (Onset onset : onsets) {
          out.writeInt(onset.milliseconds());
          out.writeUTF(onset.ipa());
        }
        samples.writeTo(out);
      }
    }

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

    void espeak_ng_InitializePath(String dataPath);

    String espeak_Info(PointerByReference dataPath);

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
