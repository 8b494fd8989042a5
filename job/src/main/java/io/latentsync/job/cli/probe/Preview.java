package io.latentsync.job.cli.probe;

import java.util.List;
import java.util.Optional;

/**
 * What dubbing some requests would be.
 *
 * @param requests in order
 */
public record Preview(List<RequestPreview> requests) {

  /** Copies the list. */
  public Preview {
    requests = List.copyOf(requests);
  }

  /** The requests that can be dubbed. */
  public List<RequestPreview.Possible> possible() {
    return requests.stream()
        .filter(RequestPreview.Possible.class::isInstance)
        .map(RequestPreview.Possible.class::cast)
        .toList();
  }

  /** The number of requests that an earlier run has finished. */
  public int finished() {
    return (int) requests.stream().filter(RequestPreview.Finished.class::isInstance).count();
  }

  /** The number of requests that cannot be dubbed. */
  public int impossible() {
    return requests.size() - possible().size() - finished();
  }

  /** The number of segments of all requests. */
  public int segments() {
    return possible().stream().mapToInt(request -> request.work().segments()).sum();
  }

  /** The number of frames of all dubbed videos. */
  public long frames() {
    return possible().stream().mapToLong(request -> request.work().frames()).sum();
  }

  /** The length of all dubbed videos. */
  public double videoSeconds() {
    return possible().stream().mapToDouble(request -> request.work().seconds()).sum();
  }

  /** The floating-point operations of all requests; 0 if no network is named. */
  public double flops() {
    return prices().stream().mapToDouble(RequestPreview.Price::flops).sum();
  }

  /** The price with the most memory of a task; of equal ones the first. */
  public Optional<RequestPreview.Price> largest() {
    return prices().stream().reduce((a, b) -> b.memory().task() > a.memory().task() ? b : a);
  }

  /** The request that takes the longest on some executors; of equal ones the first. */
  public Optional<RequestPreview.Possible> longest(Capacity capacity) {
    return possible().stream()
        .filter(request -> request.price().isPresent())
        .reduce((a, b) -> capacity.seconds(b) > capacity.seconds(a) ? b : a);
  }

  /**
   * Seconds of the synthesis of all requests: those of their operations on all executors, and at
   * least those of the longest request.
   */
  public double seconds(Capacity capacity) {
    double all = flops() / (capacity.speed().flopsPerSecond() * capacity.atOnce(segments()));
    return Math.max(all, longest(capacity).map(capacity::seconds).orElse(0.0));
  }

  private List<RequestPreview.Price> prices() {
    return possible().stream().flatMap(request -> request.price().stream()).toList();
  }
}
