package io.latentsync.job.report;

import io.latentsync.job.storage.Location;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/** The address of a file for a page in a folder, so that both can be moved together. */
final class RelativeLink {
  private RelativeLink() {}

  /**
   * The relative address.
   *
   * @param folder of the page
   * @return empty if the file is on another file system
   */
  static Optional<String> of(Location folder, Location file) {
    if (folder.isLocal() != file.isLocal()) {
      return Optional.empty();
    }
    Path from;
    Path to;
    if (folder.isLocal()) {
      from = folder.localPath();
      to = file.localPath();
    } else {
      URI page = folder.hadoopPath().toUri();
      URI target = file.hadoopPath().toUri();
      if (!page.getScheme().equals(target.getScheme())
          || !Objects.equals(page.getAuthority(), target.getAuthority())) {
        return Optional.empty();
      }
      from = Path.of(page.getPath());
      to = Path.of(target.getPath());
    }
    // With a first step, a name with a colon is not taken for an address with a scheme.
    return Optional.of(encoded("./" + from.normalize().relativize(to.normalize())));
  }

  private static String encoded(String path) {
    try {
      return new URI(null, null, path, null).getRawPath();
    } catch (URISyntaxException e) {
      throw new IllegalStateException("a relative path is an address", e);
    }
  }
}
