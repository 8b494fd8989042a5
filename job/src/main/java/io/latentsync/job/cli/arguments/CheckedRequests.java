package io.latentsync.job.cli.arguments;

import io.latentsync.job.request.DubRequest;
import java.util.List;
import java.util.Map;

/**
 * Requests that have passed all checks.
 *
 * @param places place of each request in the manifest, by id; empty without a manifest
 */
public record CheckedRequests(List<DubRequest> requests, Map<String, String> places) {

  /** Copies both collections. */
  public CheckedRequests {
    requests = List.copyOf(requests);
    places = Map.copyOf(places);
  }
}
