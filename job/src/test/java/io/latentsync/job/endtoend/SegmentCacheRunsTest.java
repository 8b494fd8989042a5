package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.Scheduler;
import io.latentsync.job.cli.progress.TerminalProgress;
import io.latentsync.job.metrics.JobMetrics;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.request.FaceOptions;
import io.latentsync.job.result.Outcome;
import io.latentsync.job.result.Results;
import io.latentsync.job.result.Summary;
import io.latentsync.job.run.Batch;
import io.latentsync.job.spark.Progress;
import io.latentsync.job.staging.SegmentCache;
import io.latentsync.job.storage.Location;
import io.latentsync.model.render.RenderOptions;
import io.latentsync.testing.Clips;
import io.latentsync.testing.FfmpegProgram;
import io.latentsync.testing.NanoModels;
import io.latentsync.testing.PcmArray;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which segments a run takes from the segment cache, and that its output is the same. */
@Tag("slow")
final class SegmentCacheRunsTest {
  private static final int SAMPLE_RATE = 16_000;

  @TempDir Path folder;
  private NanoModels nano;
  private Path video;
  private Path outputs;
  private JavaSparkContext spark;
  private double guidance = 1;

  @BeforeEach
  void aSmallHead() throws IOException {
    nano = new NanoModels(folder);
    video = folder.resolve("small.mp4");
    FfmpegProgram.ffmpeg(
        "-i",
        Clips.sample("clip1.mp4", folder).toString(),
        "-frames:v",
        "12",
        "-vf",
        "scale=360:360",
        "-an",
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        video.toString());
    outputs = Files.createDirectory(folder.resolve("out"));
    spark =
        new JavaSparkContext(
            new SparkConf()
                .setAppName("test")
                .setMaster("local[2]")
                .set("spark.ui.enabled", "false"));
    cache(Optional.of(SegmentCache.HIDDEN));
  }

  @AfterEach
  void stop() {
    spark.close();
  }

  private void cache(Optional<String> name) {
    spark.hadoopConfiguration().unset(SegmentCache.FOLDER);
    name.ifPresent(given -> spark.hadoopConfiguration().set(SegmentCache.FOLDER, given));
  }

  private Path cached() {
    return outputs.resolve(SegmentCache.HIDDEN);
  }

  private List<Path> cached(String ending) throws IOException {
    try (Stream<Path> files = Files.list(cached())) {
      return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
    }
  }

  private Path wav(String name, short[] samples) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(2 * samples.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asShortBuffer().put(samples);
    Path file = folder.resolve(name);
    try (AudioInputStream sound =
        new AudioInputStream(
            new ByteArrayInputStream(bytes.array()),
            new AudioFormat(SAMPLE_RATE, 16, 1, true, false),
            samples.length)) {
      AudioSystem.write(sound, AudioFileFormat.Type.WAVE, file.toFile());
    }
    return file;
  }

  private DubRequest request(Path speech, String output, int segmentFrames) throws IOException {
    return new DubRequest(
        output,
        new Location(video.toString()),
        new Location(speech.toString()),
        new Location(outputs.resolve(output + ".mp4").toString()),
        nano.bundle(),
        FaceOptions.DEFAULT,
        new RenderOptions(
            new SamplerOptions(2, guidance, false, Scheduler.Kind.DDIM, 0, 0), 1247, 1, 1),
        segmentFrames);
  }

  private List<Summary> dub(DubRequest... requests) throws InterruptedException {
    try (Progress progress = new Progress(spark.sc(), TerminalProgress::open)) {
      return new Batch(
              spark, progress, Results.fresh(Optional.empty(), spark.hadoopConfiguration()), false)
          .dub(List.of(requests), any -> new Location(outputs.toString())).stream()
              .map(
                  outcome -> {
                    assertThat(outcome).isInstanceOf(Outcome.Done.class);
                    return ((Outcome.Done) outcome).summary();
                  })
              .toList();
    }
  }

  /** Whether each segment was reused. */
  private List<Boolean> reused(DubRequest request) throws InterruptedException {
    return reused(dub(request).get(0));
  }

  private static List<Boolean> reused(Summary summary) {
    return summary.segments().stream()
        .map(segment -> segment.kept().metrics().getReused())
        .toList();
  }

  private byte[] output(String name) throws IOException {
    return Files.readAllBytes(outputs.resolve(name + ".mp4"));
  }

  @Test
  void onlySegmentsWhoseAudioWindowsContainTheChangeAreRendered() throws Exception {
    // 36 s of a voice that repeats itself, so that its loudest moment stays when a part changes.
    // The windows are 0 to 30 s, used until 25 s, and 20 to 36 s.
    short[] once = PcmArray.ofWav(Clips.sample("speech1.wav", folder)).pcm();
    short[] samples = new short[36 * SAMPLE_RATE];
    int period = once.length / 160 * 160;
    for (int i = 0; i < samples.length; i++) {
      samples[i] = once[i % period];
    }
    short[] changed = samples.clone();
    for (int i = 5 * SAMPLE_RATE; i < 7 * SAMPLE_RATE; i++) {
      changed[i] = (short) (changed[i] / 2);
    }
    Path speech = wav("speech.wav", samples);
    Path anotherSpeech = wav("another.wav", changed);
    assertThat(reused(request(speech, "first", 160))).hasSize(6).containsOnly(false);

    long hits = JobMetrics.SEGMENT_CACHE_HITS.getCount();
    long misses = JobMetrics.SEGMENT_CACHE_MISSES.getCount();
    Summary summary = dub(request(anotherSpeech, "changed", 160)).get(0);
    // Frame 626 is the last one with a row of the first window.
    assertThat(reused(summary)).containsExactly(false, false, false, false, true, true);
    assertThat(JobMetrics.SEGMENT_CACHE_HITS.getCount() - hits).isEqualTo(2);
    assertThat(JobMetrics.SEGMENT_CACHE_MISSES.getCount() - misses).isEqualTo(4);
    assertThat(summary.text())
        .containsPattern(
            "(?m)^reused +2 of 6 segments were rendered by an earlier run or attempt$");
    assertThat(summary.line()).endsWith(", 2 of 6 segments reused");

    cache(Optional.empty());
    assertThat(reused(request(anotherSpeech, "fresh", 160))).containsOnly(false);
    assertThat(output("changed")).isEqualTo(output("fresh")).isNotEqualTo(output("first"));
  }

  @Test
  void segmentsAreReusedUnderTheSameOptionsForTheSameContents() throws Exception {
    short[] samples =
        Arrays.copyOf(PcmArray.ofWav(Clips.sample("speech1.wav", folder)).pcm(), 2 * SAMPLE_RATE);
    Path speech = wav("speech.wav", samples);
    assertThat(reused(request(speech, "first", 16))).hasSize(4).containsOnly(false);

    // Other files with the same contents, and another output.
    video = Files.copy(video, folder.resolve("copy.mp4"));
    assertThat(reused(request(Files.copy(speech, folder.resolve("copy.wav")), "copy", 16)))
        .containsOnly(true);
    assertThat(output("copy")).isEqualTo(output("first"));

    short[] louder = samples.clone();
    for (int i = SAMPLE_RATE; i < SAMPLE_RATE + 1600; i++) {
      louder[i] = (short) (i % 40 < 20 ? 30_000 : -30_000);
    }
    assertThat(reused(request(wav("louder.wav", louder), "louder", 16)))
        .as("another peak")
        .containsOnly(false);
    guidance = 2;
    assertThat(reused(request(speech, "guided", 16))).as("another option").containsOnly(false);
    guidance = 1;
    assertThat(cached(".mp4")).hasSize(12);

    try (Stream<Path> files = Files.list(outputs)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .filteredOn(name -> name.startsWith("."))
          .containsExactly(SegmentCache.HIDDEN);
    }
  }

  @Test
  void damagedSegmentsAreRenderedAgain() throws Exception {
    Path speech = nano.speech(2);
    DubRequest request = request(speech, "dubbed", 16);
    assertThat(reused(request)).hasSize(4).containsOnly(false);
    byte[] right = output("dubbed");
    byte[] segment = Files.readAllBytes(cached(".mp4").get(0));
    byte[] damaged = segment.clone();
    damaged[damaged.length / 2] ^= 1;
    Files.write(cached(".mp4").get(0), damaged);
    Files.write(cached(".avro").get(1), new byte[0]);
    Files.delete(cached(".mp4").get(2));

    assertThat(reused(request)).containsOnlyOnce(true).hasSize(4);
    assertThat(output("dubbed")).isEqualTo(right);
    assertThat(cached(".mp4").get(0)).hasBinaryContent(segment);
    assertThat(reused(request)).containsOnly(true);
    assertThat(output("dubbed")).isEqualTo(right);
  }

  @Test
  void requestsAtTheSameTimeShareTheCache() throws Exception {
    Path speech = nano.speech(2);
    assertThat(dub(request(speech, "one", 16), request(speech, "two", 16))).hasSize(2);
    assertThat(output("one")).isEqualTo(output("two"));
    assertThat(cached(".mp4")).hasSize(4);
    assertThat(cached(".avro")).hasSize(4);
    assertThat(dub(request(speech, "three", 16), request(speech, "four", 16)))
        .allSatisfy(summary -> assertThat(reused(summary)).hasSize(4).containsOnly(true));
    assertThat(output("three")).isEqualTo(output("four")).isEqualTo(output("one"));
  }
}
