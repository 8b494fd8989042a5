package io.latentsync.job.result;

import io.latentsync.job.request.DubRequest;
import io.latentsync.job.request.Finishing;
import io.latentsync.job.request.SyncOptions;
import io.latentsync.job.staging.Staging;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.hadoop.conf.Configuration;

/**
 * The fingerprint of an output. It covers inputs, options and model, also the sync options if they
 * can change the output. The staging folder's fingerprint omits sync options and provenance, so
 * that runs with other values of these reuse the segments.
 */
public final class OutputFingerprint {
  private OutputFingerprint() {}

  /**
   * The fingerprint of a request's output.
   *
   * @param staging of the request; its parent folder does not matter
   * @throws IOException if an input is not there
   */
  public static String of(DubRequest request, Staging staging, Configuration configuration)
      throws IOException {
    SyncOptions sync = request.sync();
    String parts = staging.fingerprint();
    List<String> demands = new ArrayList<>();
    if (sync.changesOutput()) {
      demands.add(sync.toString());
      demands.add(
          sync.network().isPresent() ? sync.network().get().state(configuration) : "no SyncNet");
    }
    if (!request.finishing().provenance()) {
      demands.add("no provenance");
    }
    if (request.finishing().signing().isPresent()) {
      Finishing.Signing signing = request.finishing().signing().get();
      demands.add("signed by " + signing.tool());
      demands.add(
          signing.manifest().exists(configuration)
              ? signing.manifest().state(configuration)
              : signing.manifest().name()); // On the executors only.
    }
    return demands.isEmpty()
        ? parts
        : DigestUtils.sha256Hex(parts + "\n" + String.join("\n", demands))
            .substring(0, parts.length());
  }
}
