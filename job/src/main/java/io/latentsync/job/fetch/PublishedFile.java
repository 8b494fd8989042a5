package io.latentsync.job.fetch;

import java.net.URI;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * A file of a public repository of models.
 *
 * @param repository owner and name, such as {@code ByteDance/LatentSync-1.6}
 * @param revision the commit of the repository, which determines the content
 * @param path of the file in the repository
 * @param target its path in the checkpoint folder, relative
 * @param length in bytes, if known
 * @param sha256 of the content, 64 hexadecimal digits in lower case
 */
public record PublishedFile(
    String repository,
    String revision,
    String path,
    Path target,
    OptionalLong length,
    String sha256) {

  /**
   * The address of the file on a server with the layout of Hugging Face.
   *
   * @param base such as {@code https://huggingface.co}
   */
  public URI address(URI base) {
    String root = base.toString();
    return URI.create(
        "%s/%s/resolve/%s/%s"
            .formatted(
                root.endsWith("/") ? root.substring(0, root.length() - 1) : root,
                repository,
                revision,
                path));
  }
}
