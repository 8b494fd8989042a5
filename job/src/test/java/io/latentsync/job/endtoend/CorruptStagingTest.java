package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.Scheduler;
import io.latentsync.job.cli.progress.TerminalProgress;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.request.FaceOptions;
import io.latentsync.job.request.SyncOptions;
import io.latentsync.job.result.Outcome;
import io.latentsync.job.result.Results;
import io.latentsync.job.run.Batch;
import io.latentsync.job.spark.Progress;
import io.latentsync.job.storage.Location;
import io.latentsync.model.render.RenderOptions;
import io.latentsync.record.SegmentMetrics;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.commons.io.FileUtils;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A run that finds damaged parts in its staging gives the file of a run that found none. */
@Tag("slow")
final class CorruptStagingTest {
  private static final String FIRST = "segment-00000000";
  private static final String SECOND = "segment-00000016";

  @TempDir static Path folder;
  private static JavaSparkContext spark;
  private static DubRequest request;
  private static Path output;
  private static Path staging;
  private static byte[] right;
  private static Map<String, String> parts;

  /** What is done to the parts that a run has left, and which of the two segments it spoils. */
  enum Damage {
    NONE("") {
      @Override
      void doTo(Path staging) {}
    },
    ROW_IS_EMPTY("0") {
      @Override
      void doTo(Path staging) throws IOException {
        Files.write(staging.resolve(FIRST + ".avro"), new byte[0]);
      }
    },
    ROW_IS_CUT("1") {
      @Override
      void doTo(Path staging) throws IOException {
        cut(staging.resolve(SECOND + ".avro"));
      }
    },
    ROW_IS_GARBAGE("0") {
      @Override
      void doTo(Path staging) throws IOException {
        Files.writeString(staging.resolve(FIRST + ".avro"), "null");
      }
    },
    ROWS_CHANGED_PLACES("01") {
      @Override
      void doTo(Path staging) throws IOException {
        swap(staging, FIRST + ".avro", SECOND + ".avro");
      }
    },
    VIDEO_IS_GONE("1") {
      @Override
      void doTo(Path staging) throws IOException {
        Files.delete(staging.resolve(SECOND + ".mp4"));
      }
    },
    VIDEO_IS_EMPTY("0") {
      @Override
      void doTo(Path staging) throws IOException {
        Files.write(staging.resolve(FIRST + ".mp4"), new byte[0]);
      }
    },
    VIDEO_IS_CUT("1") {
      @Override
      void doTo(Path staging) throws IOException {
        cut(staging.resolve(SECOND + ".mp4"));
      }
    },
    VIDEO_HAS_ANOTHER_BYTE("0") {
      @Override
      void doTo(Path staging) throws IOException {
        change(staging.resolve(FIRST + ".mp4"));
      }
    },
    VIDEOS_CHANGED_PLACES("01") {
      @Override
      void doTo(Path staging) throws IOException {
        swap(staging, FIRST + ".mp4", SECOND + ".mp4");
      }
    },
    FOLDERS_STAND_FOR_FILES("01") {
      @Override
      void doTo(Path staging) throws IOException {
        Files.delete(staging.resolve(FIRST + ".avro"));
        Files.createDirectories(staging.resolve(FIRST + ".avro/inside"));
        Files.delete(staging.resolve(SECOND + ".mp4"));
        Files.createDirectories(staging.resolve(SECOND + ".mp4/inside"));
        Files.createDirectories(staging.resolve("speech.pcm/inside"));
        Files.createDirectories(staging.resolve("sound.mp4/inside"));
      }
    },
    PIPES_STAND_FOR_FILES("01") {
      @Override
      void doTo(Path staging) throws IOException {
        pipe(staging.resolve(FIRST + ".avro"));
        pipe(staging.resolve(SECOND + ".mp4"));
        pipe(faces(staging));
      }
    },
    LINK_STANDS_FOR_A_FILE("0") {
      @Override
      void doTo(Path staging) throws IOException {
        Path video = staging.resolve(FIRST + ".mp4");
        Path target = staging.resolveSibling("letter.mp4");
        Files.deleteIfExists(target);
        Files.move(video, target);
        Files.createSymbolicLink(video, target);
      }
    },
    NAMES_ONLY_LOOK_LIKE_PARTS("") {
      @Override
      void doTo(Path staging) throws IOException {
        for (String name :
            List.of(
                "segment-null.avro",
                "segment-99999999999999999999.avro",
                "segment-99999999.mp4.avro",
                "faces-null.avro",
                "faces-" + "g".repeat(64) + ".avro")) {
          Files.writeString(staging.resolve(name), "null");
        }
      }
    },
    FACES_ARE_CUT("") {
      @Override
      void doTo(Path staging) throws IOException {
        cut(faces(staging));
      }
    },
    FACES_ARE_GARBAGE_OF_THE_RIGHT_NAME("") {
      @Override
      void doTo(Path staging) throws IOException {
        Files.delete(faces(staging));
        String name = "faces-" + DigestUtils.sha256Hex("null") + ".avro";
        Files.writeString(staging.resolve(name), "null");
      }
    },
    DISTANCES_ARE_CUT_AND_GARBAGE("") {
      @Override
      void doTo(Path staging) throws IOException {
        cut(one(staging, FIRST + "-syncnet-"));
        change(one(staging, SECOND + "-syncnet-"));
      }
    };

    private final String spoilt;

    Damage(String spoilt) {
      this.spoilt = spoilt;
    }

    abstract void doTo(Path staging) throws IOException;

    private static void cut(Path file) throws IOException {
      byte[] whole = Files.readAllBytes(file);
      Files.write(file, Arrays.copyOf(whole, whole.length - 7));
    }

    private static void change(Path file) throws IOException {
      byte[] bytes = Files.readAllBytes(file);
      bytes[bytes.length / 2] ^= 1;
      Files.write(file, bytes);
    }

    private static void swap(Path staging, String one, String other) throws IOException {
      byte[] first = Files.readAllBytes(staging.resolve(one));
      Files.write(staging.resolve(one), Files.readAllBytes(staging.resolve(other)));
      Files.write(staging.resolve(other), first);
    }

    private static Path one(Path staging, String prefix) throws IOException {
      try (Stream<Path> files = Files.list(staging)) {
        return files
            .filter(file -> file.getFileName().toString().startsWith(prefix))
            .findFirst()
            .orElseThrow();
      }
    }

    private static Path faces(Path staging) throws IOException {
      return one(staging, "faces-");
    }

    private static void pipe(Path file) throws IOException {
      Files.delete(file);
      try {
        if (new ProcessBuilder("mkfifo", file.toString()).start().waitFor() != 0) {
          throw new FileSystemException(file.toString());
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @BeforeAll
  static void runOnce() throws Exception {
    NanoModels nano = new NanoModels(folder);
    Path root = Files.createDirectory(folder.resolve("out"));
    output = root.resolve("dubbed.mp4");
    request =
        new DubRequest(
            "talk",
            new Location(nano.video(8).toString()),
            new Location(nano.speech(1.2).toString()),
            new Location(output.toString()),
            nano.bundle(),
            FaceOptions.DEFAULT,
            new RenderOptions(
                new SamplerOptions(2, 1, false, Scheduler.Kind.DDIM, 0, 0), 1247, 1, 1),
            new SyncOptions(Double.NEGATIVE_INFINITY, List.of(), nano.syncNet().toString()),
            16);
    spark =
        new JavaSparkContext(
            new SparkConf()
                .setAppName("test")
                .setMaster("local[2]")
                .set("spark.ui.enabled", "false"));
    dub();
    right = Files.readAllBytes(output);
    try (Stream<Path> files = Files.list(root)) {
      staging = files.filter(Files::isDirectory).findFirst().orElseThrow();
    }
    parts = parts();
    FileUtils.copyDirectory(staging.toFile(), folder.resolve("parts").toFile());
  }

  @BeforeEach
  void restore() throws IOException {
    Files.deleteIfExists(output);
    FileUtils.cleanDirectory(staging.toFile());
    FileUtils.copyDirectory(folder.resolve("parts").toFile(), staging.toFile());
  }

  @AfterAll
  static void stop() {
    spark.close();
  }

  private static List<SegmentMetrics> dub() throws InterruptedException {
    try (Progress progress = new Progress(spark.sc(), TerminalProgress::open)) {
      Results results = Results.fresh(Optional.empty(), spark.hadoopConfiguration());
      Outcome outcome =
          new Batch(spark, progress, results, true)
              .dub(List.of(request), any -> request.output().parent())
              .get(0);
      assertThat(outcome).isInstanceOf(Outcome.Done.class);
      return ((Outcome.Done) outcome)
          .summary().segments().stream().map(segment -> segment.kept().metrics()).toList();
    }
  }

  /** The digests of the finished parts, but of the rows, which hold times. */
  private static Map<String, String> parts() throws IOException {
    Map<String, String> digests = new TreeMap<>();
    try (Stream<Path> files = Files.list(staging)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        digests.put(
            name,
            name.matches(FIRST + ".avro|" + SECOND + ".avro")
                ? "a row"
                : DigestUtils.sha256Hex(Files.readAllBytes(file)));
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return digests;
  }

  @ParameterizedTest
  @EnumSource
  @Timeout(20)
  void outputAndStagingEqualThoseOfACleanRun(Damage damage) throws Exception {
    damage.doTo(staging);
    assertThat(dub())
        .extracting(SegmentMetrics::getReused)
        .containsExactly(!damage.spoilt.contains("0"), !damage.spoilt.contains("1"));
    assertThat(output).hasBinaryContent(right);
    assertThat(parts()).isEqualTo(parts);

    Files.delete(output);
    assertThat(dub()).as("rendered again once").allMatch(SegmentMetrics::getReused);
    assertThat(output).hasBinaryContent(right);
  }
}
