package io.latentsync.job.bench;

import io.latentsync.job.bench.OddInput.Damage;
import io.latentsync.job.bench.OddInput.Trait;
import io.latentsync.testing.Clips;
import io.latentsync.testing.FfmpegProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Draws odd inputs and makes their files from the demonstration's clip and speech. The same seed
 * draws the same inputs.
 */
final class OddInputMaker {
  /** Number of examples of each trait and each damage. */
  private static final int EXAMPLES = 4;

  private static final Set<String> WITH_ROTATION = Set.of("mp4", "mov");
  private static final Set<String> WITH_TIMES = Set.of("mp4", "mov", "mkv", "webm");
  private static final Set<String> WITH_FIELDS = Set.of("h264", "mpeg2");
  private static final List<String> OUTPUTS = List.of("mp4", "mov", "mkv", "m4v");

  /** Muxers of formats that the ffmpeg program does not know by the file's ending. */
  private static final Map<String, String> MUXERS =
      Map.of("weba", "webm", "thd", "truehd", "wma", "asf", "m4b", "ipod", "dv", "dv");

  private final Path folder;
  private final Random random;
  private final Map<String, Integer> drawn = new HashMap<>();
  private Path pictures;
  private Path speech;
  private Path plain;

  /** Puts files into a folder. */
  OddInputMaker(Path folder, long seed) {
    this.folder = folder;
    this.random = new Random(seed);
  }

  /** All inputs: each codec in each format, then examples of each trait and each damage. */
  List<OddInput> draw() {
    List<OddInput> inputs = new ArrayList<>();
    OddInputKinds.BY_ENDING.forEach(
        (ending, format) -> {
          int most = Math.max(format.videos().size(), format.sounds().size());
          for (int i = 0; i < most; i++) {
            inputs.add(draw(ending, of(format.videos(), i), of(format.sounds(), i), Trait.NONE));
          }
        });
    List<OddInput> usual = List.copyOf(inputs);
    for (Trait trait : EnumSet.complementOf(EnumSet.of(Trait.NONE))) {
      some(usual.stream().filter(input -> suits(input, trait)).toList())
          .forEach(input -> inputs.add(draw(input.ending(), input.video(), input.sound(), trait)));
    }
    for (Damage damage : EnumSet.complementOf(EnumSet.of(Damage.NONE))) {
      some(usual).forEach(input -> inputs.add(damaged(input, damage)));
    }
    return inputs;
  }

  private static String of(List<String> names, int i) {
    return names.isEmpty() ? "" : names.get(i % names.size());
  }

  private List<OddInput> some(List<OddInput> inputs) {
    List<OddInput> mixed = new ArrayList<>(inputs);
    Collections.shuffle(mixed, random);
    return mixed.subList(0, EXAMPLES);
  }

  private static boolean suits(OddInput input, Trait trait) {
    return switch (trait) {
      case NONE -> true;
      case ROTATED_90, ROTATED_180, ROTATED_270 ->
          input.hasPictures() && WITH_ROTATION.contains(input.ending());
      case WIDE_PIXELS -> input.hasPictures() && WITH_TIMES.contains(input.ending());
      case VARYING_RATE ->
          input.hasPictures()
              && WITH_TIMES.contains(input.ending())
              && !input.video().startsWith("mpeg");
      case INTERLACED -> WITH_FIELDS.contains(input.video()) && input.hasSound();
      case LATE_SOUND, ONE_FRAME, NO_FRAMES ->
          input.hasPictures() && input.hasSound() && WITH_TIMES.contains(input.ending());
      case ONE_SAMPLE, TEN_MILLISECONDS -> input.ending().matches("wav|flac|mkv|mov");
      case NO_SAMPLES -> input.hasSound() && WITH_TIMES.contains(input.ending());
    };
  }

  private OddInput draw(String ending, String video, String sound, Trait trait) {
    String pixelFormat = "";
    String rate = "";
    String size = "";
    if (!video.isEmpty()) {
      OddInputKinds.VideoCodec codec = OddInputKinds.VIDEO_CODECS.get(video);
      int turn = drawn.merge(video, 1, Integer::sum) - 1;
      pixelFormat = of(codec.pixelFormats(), turn);
      rate = any(codec.rates());
      size = any(codec.sizes());
    }
    String sampleRate = "";
    String channels = "";
    if (!sound.isEmpty()) {
      OddInputKinds.SoundCodec codec = OddInputKinds.SOUND_CODECS.get(sound);
      sampleRate = any(codec.rates());
      channels = any(codec.channels());
    }
    return new OddInput(
        ending,
        video,
        pixelFormat,
        rate,
        size,
        sound,
        sampleRate,
        channels,
        trait,
        Damage.NONE,
        random.nextInt(4) == 0,
        any(OUTPUTS));
  }

  private static OddInput damaged(OddInput input, Damage damage) {
    return new OddInput(
        input.ending(),
        input.video(),
        input.pixelFormat(),
        input.frameRate(),
        input.size(),
        input.sound(),
        input.sampleRate(),
        input.channels(),
        input.trait(),
        damage,
        input.sourceRate(),
        input.output());
  }

  private String any(List<String> values) {
    return values.get(random.nextInt(values.size()));
  }

  /** Half a second of a talking head, lossless. */
  private Path pictures() {
    if (pictures == null) {
      pictures = folder.resolve("pictures.mkv");
      run("-i %s -an -frames:v 16 -c:v ffv1 %s", Clips.sample("clip1.mp4", folder), pictures);
    }
    return pictures;
  }

  /** The speech for videos that have none. */
  Path speech() {
    if (speech == null) {
      speech = folder.resolve("speech.wav");
      run("-ss 0.3 -t 0.5 -i %s %s", Clips.sample("speech1.wav", folder), speech);
    }
    return speech;
  }

  /** The video for speeches that have none. */
  Path plain() {
    if (plain == null) {
      plain = folder.resolve("plain.mp4");
      run("-i %s -vf scale=256:256 -c:v libx264 -pix_fmt yuv420p %s", pictures(), plain);
    }
    return plain;
  }

  /**
   * Makes an input's file.
   *
   * @throws IllegalStateException if the ffmpeg program refuses
   */
  Path make(OddInput input, int number) throws IOException {
    Path file = folder.resolve("input-%03d.%s".formatted(number, input.ending()));
    List<String> command = new ArrayList<>();
    if (input.hasPictures()) {
      command.addAll(List.of("-i", pictures().toString()));
    }
    if (input.hasSound()) {
      if (input.trait() == Trait.LATE_SOUND) {
        command.addAll(List.of("-itsoffset", "0.2"));
      }
      command.addAll(List.of("-i", speech().toString()));
    }
    if (input.hasPictures()) {
      command.addAll(videoArguments(input));
    }
    if (input.hasSound()) {
      command.addAll(soundArguments(input));
    }
    if (MUXERS.containsKey(input.ending())) {
      command.addAll(List.of("-f", MUXERS.get(input.ending())));
    }
    command.add(file.toString());
    FfmpegProgram.ffmpeg(command.toArray(String[]::new));
    return damage(remuxed(input, file), input.damage(), number);
  }

  private static List<String> videoArguments(OddInput input) {
    OddInputKinds.VideoCodec codec = OddInputKinds.VIDEO_CODECS.get(input.video());
    List<String> filters = new ArrayList<>();
    filters.add("fps=" + (input.trait() == Trait.INTERLACED ? "50" : input.frameRate()));
    filters.add("scale=" + input.size().replace('x', ':'));
    switch (input.trait()) {
      case INTERLACED -> filters.add("interlace");
      case VARYING_RATE -> filters.add("select='mod(n\\,4)*mod(n\\,7)+eq(n\\,0)'");
      case WIDE_PIXELS -> filters.add("setsar=16/11");
      // Not -frames:v 1, which would end the sound too.
      case ONE_FRAME -> filters.add("trim=end_frame=1");
      default -> {}
    }
    filters.add("format=" + input.pixelFormat());
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("-map", "0:v", "-vf", String.join(",", filters), "-c:v"));
    arguments.addAll(codec.arguments());
    arguments.addAll(List.of("-pix_fmt", input.pixelFormat()));
    switch (input.trait()) {
      case INTERLACED -> arguments.addAll(List.of("-flags", "+ilme+ildct"));
      case VARYING_RATE -> arguments.addAll(List.of("-fps_mode", "vfr"));
      default -> {}
    }
    return arguments;
  }

  private static List<String> soundArguments(OddInput input) {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("-map", input.hasPictures() ? "1:a" : "0:a", "-c:a"));
    arguments.addAll(OddInputKinds.SOUND_CODECS.get(input.sound()).arguments());
    arguments.addAll(List.of("-ar", input.sampleRate(), "-ac", input.channels()));
    switch (input.trait()) {
      case ONE_SAMPLE -> arguments.addAll(List.of("-af", "atrim=end_sample=1"));
      case TEN_MILLISECONDS -> arguments.addAll(List.of("-af", "atrim=end=0.01"));
      default -> {}
    }
    return arguments;
  }

  /** Copies the packets in a second pass, for traits that need one. */
  private Path remuxed(OddInput input, Path file) {
    Path target = folder.resolve("remuxed-" + file.getFileName());
    switch (input.trait()) {
      case ROTATED_90 -> run("-display_rotation:v:0 90 -i %s -c copy %s", file, target);
      case ROTATED_180 -> run("-display_rotation:v:0 180 -i %s -c copy %s", file, target);
      case ROTATED_270 -> run("-display_rotation:v:0 270 -i %s -c copy %s", file, target);
      case NO_FRAMES -> run("-i %s -c copy -bsf:v noise=drop=1 %s", file, target);
      case NO_SAMPLES -> run("-i %s -c copy -bsf:a noise=drop=1 %s", file, target);
      default -> {
        return file;
      }
    }
    return target;
  }

  private Path damage(Path file, Damage damage, int number) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    Random noise = new Random(number);
    switch (damage) {
      case NONE -> {
        return file;
      }
      case CUT_TO_A_TENTH -> bytes = Arrays.copyOf(bytes, bytes.length / 10);
      case CUT_TO_TWO_THIRDS -> bytes = Arrays.copyOf(bytes, bytes.length * 2 / 3);
      case HEADER_OF_ZEROS -> Arrays.fill(bytes, 0, Math.min(64, bytes.length), (byte) 0);
      case NOISE -> {
        for (int i = 0; i < bytes.length; i += 1 + noise.nextInt(1000)) {
          bytes[i] = (byte) noise.nextInt();
        }
      }
      case HOLE_OF_ZEROS ->
          Arrays.fill(bytes, bytes.length * 4 / 10, bytes.length * 5 / 10, (byte) 0);
      case RUBBISH_AT_THE_END -> {
        byte[] rubbish = new byte[5000];
        noise.nextBytes(rubbish);
        int end = bytes.length;
        bytes = Arrays.copyOf(bytes, end + rubbish.length);
        System.arraycopy(rubbish, 0, bytes, end, rubbish.length);
      }
      case EMPTY -> bytes = new byte[0];
      case WRONG_ENDING -> {
        String name = file.getFileName().toString();
        Path target = folder.resolve(name + (name.endsWith(".mp4") ? ".wav" : ".mp4"));
        return Files.write(target, bytes);
      }
    }
    return Files.write(file, bytes);
  }

  /** Runs ffmpeg; each {@code %s} is replaced by a path, which may contain spaces. */
  private static void run(String arguments, Path... files) {
    Iterator<Path> rest = List.of(files).iterator();
    FfmpegProgram.ffmpeg(
        Arrays.stream(arguments.split(" ", -1))
            .map(argument -> argument.equals("%s") ? rest.next().toString() : argument)
            .toArray(String[]::new));
  }
}
