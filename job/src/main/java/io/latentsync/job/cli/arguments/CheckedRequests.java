package io.latentsync.job.cli.arguments;

import io.latentsync.job.request.DubRequest;
import java.util.List;
import java.util.Map;

/**
 * Requests, none of which is known to be useless.
 *
 * @param places where the manifest has each, by the requests' ids; empty without a manifest
 */
public record CheckedRequests(List<DubRequest> requests, Map<String, String> places) {

  /** Copies both. */
  public CheckedRequests {
    requests = List.copyOf(requests);
    places = Map.copyOf(places);
  }
}
