package io.latentsync.model.render;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.latentsync.diffusion.LatentStore;
import io.latentsync.diffusion.Noise.Purpose;
import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.Scheduler;
import io.latentsync.face.blend.Blend;
import io.latentsync.image.RgbImage;
import io.latentsync.memory.HostTransfer;
import io.latentsync.memory.TorchArrays;
import io.latentsync.model.bundle.Models;
import io.latentsync.testing.NanoModels;
import io.latentsync.trace.Trace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The number of transfers between host and device for a batch of chunks. */
@Tag("slow")
final class HostTransferTest {
  private static final int FRAMES = 4;

  @TempDir private static Path folder;
  private static Models models;

  /** A store in a map. */
  private static final class Kept implements LatentStore {
    private final Map<String, float[]> latents = new HashMap<>();

    @Override
    public Optional<float[]> find(long frame, Purpose purpose) {
      return Optional.ofNullable(latents.get(purpose + " " + frame));
    }

    @Override
    public void keep(long frame, Purpose purpose, float[] values) {
      latents.put(purpose + " " + frame, values);
    }

    @Override
    public void count(int requested, int encoded) {}
  }

  @BeforeAll
  static void load() throws IOException {
    models = Models.load(new NanoModels(folder).bundle(), Device.cpu(), Path::of);
  }

  @AfterAll
  static void close() {
    if (models != null) {
      models.close();
    }
  }

  /** All options that keep state between steps or compute with scalars. */
  private static SamplerOptions options(int steps) {
    return new SamplerOptions(steps, 1.5, true, Scheduler.Kind.DPM_SOLVER, 2, 0.2);
  }

  /**
   * Dubs chunks, including the upload of their speech, and returns the transfers of this thread.
   */
  private static List<RecordedEvent> transfers(
      SamplerOptions options, LatentStore store, long firstFrame, int chunks) throws IOException {
    int side = models.config().resolution();
    int frames = chunks * FRAMES;
    int rows = models.config().context().rows() * (models.whisper().config().audioLayers() + 1);
    int width = models.whisper().config().audioState();
    LipSync lipSync = new LipSync(models, options, 1, Blend.REFERENCE, store);
    List<RgbImage> faces = Collections.nCopies(frames, RgbImage.black(side, side));
    long[] sources = LongStream.range(firstFrame, firstFrame + frames).toArray();
    Path file = folder.resolve("transfers.jfr");
    try (Recording recording = new Recording();
        NDManager manager = NDManager.newBaseManager()) {
      recording.enable(HostTransfer.NAME);
      recording.start();
      Shape shape = new Shape(frames, rows, width);
      NDArray speech = TorchArrays.of(manager, new float[frames * rows * width], shape);
      lipSync.faces(Trace.OFF, manager, faces, speech, sources, chunks);
      recording.stop();
      recording.dump(file);
    }
    try {
      return RecordingFile.readAllEvents(file).stream()
          .filter(event -> event.getEventType().getName().equals(HostTransfer.NAME))
          .filter(event -> event.getThread().getJavaThreadId() == Thread.currentThread().getId())
          .toList();
    } finally {
      Files.delete(file);
    }
  }

  private static long toDevice(List<RecordedEvent> transfers) {
    return transfers.stream().filter(event -> event.getBoolean("toDevice")).count();
  }

  @Test
  void theNumberOfTransfersDoesNotDependOnStepsOrChunks() throws IOException {
    for (int steps : new int[] {2, 5, 11}) {
      for (int chunks : new int[] {1, 2}) {
        List<RecordedEvent> transfers = transfers(options(steps), LatentStore.NONE, 0, chunks);
        // Speech, faces, mask, numbers, noise of the posterior, initial noise; the new faces.
        assertThat(toDevice(transfers)).as("%d steps, %d chunks", steps, chunks).isEqualTo(6);
        assertThat(transfers).hasSize(7);
      }
    }
  }

  @Test
  void latentsForTheStoreAreOneTransferEachWay() throws IOException {
    Kept store = new Kept();
    List<RecordedEvent> nothingKept = transfers(options(2), store, 0, 1);
    assertThat(nothingKept).hasSize(8);
    assertThat(toDevice(nothingKept)).isEqualTo(6);
    assertThat(store.latents).hasSize(2 * FRAMES);

    List<RecordedEvent> allKept = transfers(options(2), store, 0, 1);
    assertThat(allKept).as("latents in place of noise").hasSize(7);

    List<RecordedEvent> halfKept = transfers(options(2), store, FRAMES / 2, 1);
    assertThat(toDevice(halfKept)).isEqualTo(7);
    assertThat(halfKept).as("the most").hasSize(9);
  }
}
