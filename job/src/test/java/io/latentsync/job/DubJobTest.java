package io.latentsync.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The job from the inputs to the mp4, on real Spark in local mode. */
@Tag("oracle")
final class DubJobTest {
  private static final int WIDTH = 720;
  private static final int HEIGHT = 1280;

  @TempDir Path folder;

  @Test
  void outputIsTheSameForAnyNumberOfPartitionsAndThreads() throws Exception {
    NanoModels nano = new NanoModels(folder);
    Path video = nano.video(20);
    Path audio = nano.speech(2.0);
    Map<String, String> hashes = new HashMap<>();
    for (String[] run :
        new String[][] {
          {"local[2]", "1"},
          {"local[2]", "2"},
          {"local[2]", "3"},
          {"local[2]", "7"},
          {"local[1]", ""}
        }) {
      Path output = folder.resolve("dubbed " + run[0] + run[1] + ".mp4");
      Summary summary = dub(nano.request(video, audio, output), run[0], run[1]);
      assertThat(summary.playOrder().frames()).isEqualTo(52);
      assertThat(summary.segments()).hasSize(4);
      hashes.put(run[0] + " " + run[1], DigestUtils.sha256Hex(NanoModels.rgb(output)));
    }
    assertThat(hashes.values())
        .as("hash of decoded frames by run %s", hashes)
        .containsOnly(hashes.get("local[1] "));
  }

  @Test
  void onlyTheMouthRegionDiffersFromTheSource() throws Exception {
    NanoModels nano = new NanoModels(folder);
    Path video = nano.video(20);
    Path output = folder.resolve("dubbed.mp4");
    Summary summary = dub(nano.request(video, nano.speech(2.0), output), "local[2]", "");
    assertThat(summary.segments().stream().mapToInt(s -> s.getSynthesisedFrames()).sum())
        .isEqualTo(52);

    byte[] source = NanoModels.rgb(video);
    byte[] dubbed = NanoModels.rgb(output);
    int frameBytes = 3 * WIDTH * HEIGHT;
    assertThat(dubbed).hasSize(52 * frameBytes);
    for (int frame = 0; frame < 52; frame++) {
      int sourceFrame = summary.playOrder().source(frame);
      // The face is in the middle of this clip's upper half: rows below 60 % hold none of it.
      double below =
          psnr(source, sourceFrame * frameBytes, dubbed, frame * frameBytes, 768, HEIGHT);
      assertThat(below).as("PSNR below the face in frame %d", frame).isGreaterThan(40);
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(path -> path.getFileName().toString()))
          .as("no staging left")
          .noneMatch(name -> name.startsWith(".latentsync"));
    }
  }

  private static double psnr(
      byte[] a, int aOffset, byte[] b, int bOffset, int firstRow, int endRow) {
    double sum = 0;
    for (int i = 3 * WIDTH * firstRow; i < 3 * WIDTH * endRow; i++) {
      double difference = (a[aOffset + i] & 0xff) - (b[bOffset + i] & 0xff);
      sum += difference * difference;
    }
    return 10 * Math.log10(255.0 * 255.0 * 3 * WIDTH * (endRow - firstRow) / sum);
  }

  private Summary dub(DubRequest request, String master, String partitions) throws IOException {
    SparkConf conf = new SparkConf().setAppName("test").setMaster(master);
    conf.set("spark.ui.enabled", "false");
    if (!partitions.isEmpty()) {
      conf.set("spark.default.parallelism", partitions);
    }
    try (JavaSparkContext spark = new JavaSparkContext(conf);
        Progress progress = new Progress(spark.sc())) {
      return new DubJob(spark, progress).dub(request, new Location(folder.toString()));
    }
  }
}
