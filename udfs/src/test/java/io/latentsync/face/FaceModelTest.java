package io.latentsync.face;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.bytedeco.opencv.opencv_dnn.Net;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

/** The tasks of an executor, all of which begin with the same networks. */
final class FaceModelTest {
  private static final int TASKS = 8;

  @TempDir Path folder;

  /** In a process of its own: only the first networks of a process are in danger. */
  @RepeatedTest(5)
  void tasksThatBeginAtTheSameMomentAllGetTheirNetworks() throws Exception {
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
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }

  /** Loads as many tasks do. */
  public static void main(String[] arguments) throws Exception {
    ExecutorService tasks = Executors.newFixedThreadPool(TASKS);
    CyclicBarrier begin = new CyclicBarrier(TASKS);
    List<Future<?>> loading = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      loading.add(tasks.submit(() -> load(begin)));
    }
    for (Future<?> task : loading) {
      task.get();
    }
    tasks.shutdown();
  }

  private static Void load(CyclicBarrier begin) throws Exception {
    begin.await();
    for (FaceModel model : FaceModel.values()) {
      try (Net network = model.load()) {
        assertThat(network.empty()).isFalse();
      }
    }
    return null;
  }
}
