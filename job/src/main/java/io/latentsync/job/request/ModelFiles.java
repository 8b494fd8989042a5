package io.latentsync.job.request;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import io.latentsync.model.bundle.ModelBundle;
import io.latentsync.model.bundle.Models;
import io.latentsync.model.bundle.NetworkLease;
import io.latentsync.model.bundle.SyncNets;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.networks.SyncNet;
import io.latentsync.nn.networks.SyncNetConfig;
import io.latentsync.nn.torch.NumericCheck;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.hadoop.conf.Configuration;

/**
 * The files of the networks: on a file system, or in this jar for the demonstration model.
 *
 * @param configuration of Hadoop's file systems
 */
public record ModelFiles(Configuration configuration) {

  /**
   * Locates the files as local files, copied if necessary. They are available while the scratch
   * folder is open.
   */
  public Models.Locator locator(Scratch scratch) {
    return location ->
        Demonstration.has(location)
            ? Demonstration.unpack(location, scratch.folder())
            : scratch.input(new Location(location), configuration);
  }

  /**
   * The state of a file or folder, which changes with its contents.
   *
   * @throws IOException if it does not exist
   */
  public String state(String location) throws IOException {
    return Demonstration.has(location)
        ? Demonstration.state(location)
        : new Location(location).state(configuration);
  }

  /**
   * The SHA-256 of a file's contents; of a folder, that of a list of its files' checksums and
   * names.
   *
   * @throws IOException if it cannot be read
   */
  public String sha256(String location) throws IOException {
    if (Demonstration.has(location)) {
      return Demonstration.sha256(location);
    }
    Location file = new Location(location);
    if (!file.status(configuration).isDirectory()) {
      return file.sha256(configuration);
    }
    StringBuilder list = new StringBuilder();
    for (Location.Child child : sorted(file)) {
      list.append(child.location().sha256(configuration))
          .append("  ")
          .append(child.location().fileName())
          .append('\n');
    }
    return DigestUtils.sha256Hex(list.toString());
  }

  private List<Location.Child> sorted(Location folder) throws IOException {
    return folder.children(configuration).stream()
        .filter(Location.Child::isFile)
        .sorted(Comparator.comparing(child -> child.location().fileName()))
        .toList();
  }

  /**
   * The identity of a bundle's networks: its options, and the state of each file.
   *
   * @throws IOException if a file does not exist
   */
  public String fingerprint(ModelBundle bundle) throws IOException {
    StringBuilder fingerprint = new StringBuilder(bundle.toString());
    for (String file : bundle.files()) {
      fingerprint.append('\n').append(state(file));
    }
    return fingerprint.toString();
  }

  /**
   * The networks of a bundle on a device, shared with all tasks of this process that use them.
   *
   * @throws IOException if a file is missing, damaged or does not fit its config
   */
  public NetworkLease<Models> lease(ModelBundle bundle, Device device, Scratch scratch)
      throws IOException {
    return Models.lease(bundle, () -> fingerprint(bundle), device, locator(scratch));
  }

  /**
   * Checks that a device computes each kind of layer of a request's networks correctly. The check
   * does not use their weights.
   *
   * @throws io.latentsync.nn.torch.WrongNumbersException if the device computes one incorrectly
   * @throws IOException if a file is missing or damaged
   */
  public void requireCorrectLayers(DubRequest request, Device device, Scratch scratch)
      throws IOException {
    Models.requireCorrectLayers(request.models(), device, locator(scratch));
    if (request.sync().network().isPresent()) {
      Location network = request.sync().network().get();
      try (Checkpoint checkpoint = Checkpoint.open(scratch.input(network, configuration))) {
        NumericCheck.require(SyncNetConfig.of(checkpoint).kinds(), device, DataType.FLOAT32);
      }
    }
  }

  /**
   * A SyncNet on a device, shared with all tasks of this process that use it.
   *
   * @throws IOException if the file is missing, damaged or not a SyncNet
   */
  public NetworkLease<SyncNet> lease(Location syncNet, Device device, Scratch scratch)
      throws IOException {
    return SyncNets.lease(syncNet.name(), () -> state(syncNet.name()), device, locator(scratch));
  }
}
