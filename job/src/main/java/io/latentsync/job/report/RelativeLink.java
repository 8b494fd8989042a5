package io.latentsync.job.report;

import io.latentsync.job.storage.Location;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/** Makes relative URLs, so that a page and the files that it links to can be moved together. */
final class RelativeLink {
  private RelativeLink() {}

  private static final Pattern HIDDEN = Pattern.compile("\\p{Cf}");

  /**
   * The URL of a file, relative to the folder of the page.
   *
   * @param folder folder of the page
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
    // The ./ keeps a browser from reading a name with a colon as a scheme.
    return Optional.of(encoded("./" + from.normalize().relativize(to.normalize())));
  }

  private static String encoded(String path) {
    try {
      // Invisible characters are not for the page's source.
      return HIDDEN
          .matcher(new URI(null, null, path, null).getRawPath())
          .replaceAll(hidden -> URLEncoder.encode(hidden.group(), StandardCharsets.UTF_8));
    } catch (URISyntaxException e) {
      throw new IllegalStateException("a relative path is a URL", e);
    }
  }
}
