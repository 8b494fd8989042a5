package io.latentsync.job.failure;

import com.google.common.base.Throwables;
import io.latentsync.text.Printable;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The reason why an object store refused a request. The connectors report it only in the text of
 * their exceptions, and some as a missing permission.
 */
final class StoreFailure {
  private static final String REMEDY = "; see deploy/OBJECT_STORES.md";

  /**
   * A reason.
   *
   * @param sign in the text of an exception
   */
  private record Reason(Pattern sign, String text) {
    Reason(String sign, String text) {
      this(Pattern.compile(sign), text);
    }
  }

  /** Error codes of S3, and messages of its client, in the order in which they are looked for. */
  private static final Reason[] REASONS = {
    new Reason(
        "ExpiredToken|TokenRefreshRequired|token included in the request is expired",
        "the credentials of the object store have expired; give new ones and run the command again,"
            + " which continues"),
    new Reason(
        "InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken",
        "the object store does not accept the credentials"),
    new Reason(
        "No AWS Credentials provided|Unable to load credentials from any of the providers",
        "there are no credentials for the object store"),
    // A response to a request without a body, such as for a file's status, has no error code.
    new Reason(
        "Service: S3, Status Code: 400",
        "the object store refuses the request; its credentials may have expired, or its region or"
            + " endpoint may be wrong"),
    new Reason(
        "Service: S3, Status Code: 403",
        "permission denied; the credentials of the object store may be wrong, or lack the"
            + " permission"),
    new Reason("NoSuchBucket|UnknownStoreException", "there is no such bucket"),
  };

  private StoreFailure() {}

  /** One line for the user; empty if no object store refused a request. */
  static Optional<String> text(Throwable failure) {
    for (Reason reason : REASONS) {
      for (Throwable cause : Throwables.getCausalChain(failure)) {
        if (reason.sign().matcher(String.valueOf(cause.getMessage())).find()
            && isOfStore(failure)) {
          return Optional.of(Printable.line(reason.text() + REMEDY));
        }
      }
    }
    return Optional.empty();
  }

  private static boolean isOfStore(Throwable failure) {
    return Throwables.getCausalChain(failure).stream()
        .anyMatch(
            cause ->
                cause.getClass().getName().contains(".s3a.")
                    || String.valueOf(cause.getMessage()).contains("awssdk"));
  }
}
