package io.latentsync.model.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.latentsync.testing.NanoModels;
import io.latentsync.testing.NativeMemory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
@Tag("oracle")
final class ModelsTest {
  private static final Shape WINDOW = new Shape(1, 80, 3000);

  @TempDir Path folder;

  private static NetworkLease<Models> lease(ModelBundle bundle, String state) throws Exception {
    return Models.lease(bundle, () -> state, Device.cpu(), Path::of);
  }

  @Test
  void networksInUseStayOpenWhileOthersAreEvicted() throws Exception {
    ModelBundle bundle = new NanoModels(folder).bundle();
    try (NDManager manager = NDManager.newBaseManager();
        NetworkLease<Models> used = lease(bundle, "in use")) {
      NDArray window = manager.ones(WINDOW);
      float[] before = used.network().whisper().hiddenStates(window).toFloatArray();
      for (int other = 0; other < 4; other++) {
        lease(bundle, "other " + other).close();
      }
      try (NetworkLease<Models> again = lease(bundle, "in use")) {
        assertThat(again.network()).isSameAs(used.network());
      }
      assertThat(used.network().whisper().hiddenStates(window).toFloatArray()).isEqualTo(before);
    }
  }

  @Test
  void memoryDoesNotGrowWithBundlesThatAreReplaced() throws Exception {
    ModelBundle bundle = new NanoModels(folder).bundle();
    long weights =
        Files.size(Path.of(bundle.unet()))
            + Files.size(Models.vaeWeights(Path.of(bundle.vae())))
            + Files.size(Path.of(bundle.whisper()));
    int replaced = 24;
    long before = 0;
    for (int state = -4; state < replaced; state++) {
      if (state == 0) {
        before = NativeMemory.allocated();
      }
      lease(bundle, "state " + state).close();
    }
    long grown = NativeMemory.allocated() - before;
    assertThat(grown).isLessThan(replaced * weights / 10);
  }
}
