package io.latentsync.face.detect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.opencv.global.opencv_dnn;
import org.bytedeco.opencv.opencv_dnn.Net;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

/** Tasks of one executor that load the same networks at the same time. */
final class FaceModelTest {
  private static final int TASKS = 2;

  @TempDir Path folder;

  /** In a separate process, because the race concerns only the first networks of a process. */
  @RepeatedTest(5)
  void tasksThatStartTogetherAllLoadTheirNetworks() throws Exception {
    assumeTrue(MediaPipeFaceDetector.available(), "skipped: built without MediaPipe's models");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:ErrorFile=" + folder.resolve("crash.log"),
                "-cp",
                System.getProperty("java.class.path"),
                FaceModelTest.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }

  /** Loads networks in threads that start at the same moment: they spin until all are ready. */
  public static void main(String[] arguments) throws Exception {
    Loader.load(opencv_dnn.class);
    ExecutorService tasks = Executors.newFixedThreadPool(TASKS);
    AtomicInteger ready = new AtomicInteger();
    List<Future<?>> loading = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      loading.add(tasks.submit(() -> load(ready)));
    }
    tasks.shutdown(); // The process ends when all tasks have ended or failed.
    for (Future<?> task : loading) {
      task.get();
    }
  }

  private static Void load(AtomicInteger ready) {
    ready.incrementAndGet();
    while (ready.get() < TASKS) {
      Thread.onSpinWait();
    }
    for (FaceModel model : FaceModel.values()) {
      try (Net network = model.load()) {
        assertThat(network.empty()).isFalse();
      }
    }
    return null;
  }
}
