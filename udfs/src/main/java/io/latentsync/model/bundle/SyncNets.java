package io.latentsync.model.bundle;

import ai.djl.Device;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.networks.SyncNet;
import java.io.IOException;

/** The SyncNets of this process. All tasks that compute sync scores share the read-only weights. */
public final class SyncNets {
  private static final NetworkCache<SyncNet> SHARED = new NetworkCache<>(SyncNet::close);

  private SyncNets() {}

  /**
   * The network of a checkpoint. The first caller loads it while others wait.
   *
   * @param checkpoint the location of {@code syncnet_v2.model}
   * @param fingerprint of its contents
   * @throws IOException if the file is missing, damaged or no SyncNet, or is replaced meanwhile;
   *     the message names it
   */
  public static NetworkLease<SyncNet> lease(
      String checkpoint, Fingerprint fingerprint, Device device, Models.Locator locator)
      throws IOException {
    return SHARED.lease(
        fingerprint,
        device,
        () -> {
          try (Checkpoint weights = Checkpoint.open(locator.locate(checkpoint))) {
            return SyncNet.load(weights, device);
          }
        });
  }
}
