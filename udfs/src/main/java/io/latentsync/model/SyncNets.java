package io.latentsync.model;

import ai.djl.Device;
import io.latentsync.nn.Checkpoint;
import io.latentsync.nn.SyncNet;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * The SyncNets of this process. Each is loaded once for a device and kept until the process ends:
 * all tasks that judge lips there share the weights, which nobody changes.
 */
public final class SyncNets {
  private static final Map<Place, SyncNet> LOADED = new HashMap<>();

  private SyncNets() {}

  /** What is loaded where. */
  private record Place(String checkpoint, Device device) {}

  /**
   * The network of a checkpoint, loaded by the first caller while the others wait. Nobody closes
   * it.
   *
   * @param checkpoint the location of {@code syncnet_v2.model}
   * @throws IOException if the file is missing, damaged or no SyncNet; the message names it
   */
  public static SyncNet of(String checkpoint, Device device, Models.Locator locator)
      throws IOException {
    Place place = new Place(checkpoint, device);
    synchronized (LOADED) {
      SyncNet network = LOADED.get(place);
      if (network == null) {
        try (Checkpoint weights = Checkpoint.open(locator.locate(checkpoint))) {
          network = SyncNet.load(weights, device);
        }
        LOADED.put(place, network);
      }
      return network;
    }
  }
}
