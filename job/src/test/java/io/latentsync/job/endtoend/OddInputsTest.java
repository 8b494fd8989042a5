package io.latentsync.job.endtoend;

import static io.latentsync.testing.FfmpegProgram.ffmpeg;
import static io.latentsync.testing.FfmpegProgram.ffprobe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.latentsync.audio.PcmFile;
import io.latentsync.face.detect.MediaPipeFaceDetector;
import io.latentsync.job.cli.DubCommand;
import io.latentsync.job.cli.EvalCommand;
import io.latentsync.job.cli.ProbeCommand;
import io.latentsync.job.request.Demonstration;
import io.latentsync.job.storage.Location;
import io.latentsync.job.testing.CommandOutput;
import io.latentsync.job.testing.TurnedClip;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.model.sync.SyncEvaluation;
import io.latentsync.model.sync.SyncReport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Unusual input files of the sample head, from end to end. */
@Tag("slow")
final class OddInputsTest {
  @TempDir Path folder;
  private Path clip;

  @BeforeEach
  void sampleClip() throws IOException {
    clip = TurnedClip.standing(folder);
  }

  @Test
  void picturesOfAnotherFormatAreConvertedAndCounted() throws IOException {
    Path large = make("large.h264", "-frames:v 6 -bf 0");
    Path small = make("small.h264", "-frames:v 10 -bf 0 -vf scale=256:200 -pix_fmt yuv422p10le");
    Path stream = folder.resolve("both.h264");
    Files.write(stream, Files.readAllBytes(large));
    Files.write(stream, Files.readAllBytes(small), StandardOpenOption.APPEND);
    Path video = folder.resolve("call.mp4");
    ffmpeg(("-r 25 -display_rotation 180 -i " + stream + " -c copy " + video).split(" "));
    Run run = dub(video, speech(), "--inference_steps=2");
    assertThat(run.code()).as(run.text()).isZero();
    assertThat(run.text())
        .containsPattern(
            "note +8 of 14 frames have another size, pixel format, orientation or other colour"
                + " tags than the first picture; converted to its 512×512 and its colours");
    assertThat(VideoProbe.of(run.output()).width()).isEqualTo(512);
  }

  @Test
  void anAnamorphicVideoIsDubbedAsWellAsOneWithSquarePixels() throws IOException {
    assumeTrue(MediaPipeFaceDetector.available(), "skipped: built without MediaPipe's models");
    Path speech = folder.resolve("long.wav");
    Path all =
        Demonstration.putSpeech(new Location(folder.toString()), new Configuration()).localPath();
    ffmpeg(("-t 1.2 -i " + all + " " + speech).split(" "));
    Path square = make("square.mp4", "-frames:v 34");
    Path squeezed = make("squeezed.mp4", "-frames:v 34 -vf scale=352:512,setsar=16/11");
    double expected = correlationInPlace(dub(square, speech, "--inference_steps=6"));
    assertThat(expected).isGreaterThan(0.5);
    assertThat(correlationInPlace(dub(squeezed, speech, "--inference_steps=6")))
        .isGreaterThan(expected - 0.12);
  }

  @Test
  void interlacedVideoIsDeinterlacedUnlessAnOptionDisablesIt() throws IOException {
    Path video =
        make("interlaced.mp4", "-vf fps=50,interlace -frames:v 14 -flags +ilme+ildct -bf 0");
    Run full = dub(video, speech(), "--inference_steps=2");
    assertThat(full.code()).as(full.text()).isZero();
    assertThat(full.text())
        .containsPattern(
            "note +14 of 14 frames are interlaced; converted to full frames \\(--deinterlace off keeps"
                + " them\\)");
    byte[] bytes = Files.readAllBytes(full.output());
    Run combed = dub(video, speech(), "--inference_steps=2", "--deinterlace=off");
    assertThat(combed.code()).as(combed.text()).isZero();
    assertThat(combed.text()).doesNotContain("interlaced");
    assertThat(Files.readAllBytes(combed.output())).isNotEqualTo(bytes);
    Run wrong = dub(video, speech(), "--deinterlace=yes");
    assertThat(wrong.code()).isEqualTo(2);
    assertThat(wrong.text()).contains("dub: --deinterlace is yes, but must be auto or off");
    CommandOutput probe =
        CommandOutput.of("probe", new ProbeCommand(), video.toString(), speech().toString());
    assertThat(probe.out()).contains("several in 0; 12 deinterlaced");
  }

  @Test
  void colourTagsThatTheScalerRefusesAreReportedAndKept() throws IOException {
    Path stream = make("cl.h264", "-frames:v 14 -bsf:v h264_metadata=matrix_coefficients=10 -bf 0");
    Path video = folder.resolve("cl.mp4");
    ffmpeg(("-r 25 -i " + stream + " -c copy " + video).split(" "));
    Run run = dub(video, speech(), "--inference_steps=2");
    assertThat(run.code()).as(run.text()).isZero();
    assertThat(run.text())
        .containsPattern(
            "note +the video's colours are tagged as matrix bt2020c, which FFmpeg's scaler does not support;"
                + " converted as untagged, the tags are kept");
    assertThat(
            ffprobe(
                "-show_entries", "stream=color_space", "-of", "csv=p=0", run.output().toString()))
        .contains("bt2020c");
  }

  @Test
  void theEvaluationStartsAtTimeZeroAndKeepsGaps() throws IOException {
    assumeTrue(MediaPipeFaceDetector.available(), "skipped: built without MediaPipe's models");
    String sound = " -map 0:v -map 1:a -c:v copy -c:a flac ";
    int inPlace = lag(with("-i " + clip + " -t 3.5" + sound));
    assertThat(lag(with("-itsoffset 0.48 -i " + clip + " -t 3.5" + sound))).isEqualTo(inPlace - 12);
    String hole = "-bsf:a noise=drop='between(pts*tb\\,1\\,1.64)' ";
    assertThat(lag(with("-i " + clip + " -t 3.5" + sound + hole))).isEqualTo(inPlace);
  }

  /** The sample clip's pictures with a second input of ffmpeg's. */
  private Path with(String arguments) {
    Path file = folder.resolve("with.mkv");
    ffmpeg(("-i " + clip + " " + arguments + " " + file).replace("  ", " ").split(" "));
    return file;
  }

  /** The best lag, which the command prints only if it is significant. */
  private int lag(Path video) throws IOException {
    Path pcm = folder.resolve("speech.pcm");
    PcmFile.decode(video, pcm);
    try (PcmFile speech = PcmFile.open(pcm)) {
      return new SyncEvaluation(video, VideoProbe.of(video), speech, () -> {})
          .measure(Optional.empty())
          .sync()
          .flatMap(SyncReport::video)
          .orElseThrow()
          .lag();
    }
  }

  @Test
  void samplesThatAreNotFiniteAreNotedAndATrackOfThemIsRefusedByItsOption() throws IOException {
    Path video = make("plain.mp4", "-frames:v 14");
    Path good = folder.resolve("float.wav");
    ffmpeg(("-i " + speech() + " -c:a pcm_f32le " + good).split(" "));
    byte[] wav = Files.readAllBytes(good);
    ByteBuffer samples = ByteBuffer.wrap(wav).order(ByteOrder.LITTLE_ENDIAN);
    samples.putFloat(wav.length - 4000, Float.NaN);
    Path one = Files.write(folder.resolve("one.wav"), wav);
    Run repaired = dub(video, one, "--inference_steps=2");
    assertThat(repaired.code()).as(repaired.text()).isZero();
    assertThat(repaired.text())
        .containsPattern("note +the speech has samples that are not numbers \\(1\\); set to 0");
    for (int at = 1000; at < wav.length - 4; at += 4) {
      samples.putFloat(at, Float.NaN);
    }
    Path all = Files.write(folder.resolve("all.wav"), wav);
    Run refused = dub(video, all, "--inference_steps=2");
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.text().lines().filter(line -> line.startsWith("dub: ")))
        .singleElement()
        .asString()
        .matches(
            "dub: --audio_path \\Q%s\\E: has no usable sound: most of it is samples that are not numbers \\(\\d+\\)"
                .formatted(all));
    CommandOutput eval =
        CommandOutput.of("eval", new EvalCommand(), video.toString(), all.toString());
    assertThat(eval.code()).isEqualTo(2);
    assertThat(eval.errors()).singleElement().asString().startsWith("eval: AUDIO " + all);
  }

  private static double correlationInPlace(Run run) {
    Matcher value = Pattern.compile("sync +r (-?\\d\\.\\d\\d) at lag 0").matcher(run.text());
    assertThat(value.find()).as(run.text()).isTrue();
    return Double.parseDouble(value.group(1));
  }

  /** The output of dubbing. */
  private record Run(int code, String text, Path output) {}

  private Run dub(Path video, Path speech, String... more) {
    Path output = folder.resolve("dubbed.mp4");
    String[] command = new String[3 + more.length];
    command[0] = "--video_path=" + video;
    command[1] = "--audio_path=" + speech;
    command[2] = "--video_out_path=" + output;
    System.arraycopy(more, 0, command, 3, more.length);
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream out = System.out;
    PrintStream err = System.err;
    PrintStream both = new PrintStream(printed, true, StandardCharsets.UTF_8);
    System.setOut(both);
    System.setErr(both);
    try {
      return new Run(DubCommand.run(command), printed.toString(StandardCharsets.UTF_8), output);
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }

  /** Half a second of the sample speech, for 14 frames. */
  private Path speech() {
    Path speech = folder.resolve("speech.wav");
    ffmpeg(("-ss 1 -t 0.48 -i " + clip + " -vn " + speech).split(" "));
    return speech;
  }

  /** The sample clip without sound, coded as ffmpeg's arguments say. */
  private Path make(String name, String arguments) {
    Path file = folder.resolve(name);
    ffmpeg(
        ("-i " + clip + " -an -c:v libx264 -preset veryfast " + arguments + " " + file).split(" "));
    return file;
  }
}
