package io.latentsync.nn.checkpoint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Compares the tensors of a checkpoint with those that a network expects. */
public final class CheckpointFit {
  /** Number of names in a message; more names would make it unclear. */
  private static final int MOST_NAMED = 3;

  private CheckpointFit() {}

  /**
   * Passes if names and shapes agree; element types may differ.
   *
   * @param expected row-major shape of each tensor by name
   * @param ignorable names that the checkpoint may have though they are not expected
   * @throws CheckpointException otherwise; it lists the missing and superfluous tensors and those
   *     of a wrong shape, at most ten of each, and the number of the others
   */
  public static void require(
      Checkpoint checkpoint, SortedMap<String, long[]> expected, Predicate<String> ignorable)
      throws CheckpointException {
    SortedMap<String, TensorInfo> present = checkpoint.tensors();
    List<String> missing = new ArrayList<>();
    List<String> misshaped = new ArrayList<>();
    expected.forEach(
        (name, shape) -> {
          TensorInfo info = present.get(name);
          if (info == null) {
            missing.add(name + " " + Arrays.toString(shape));
          } else if (!Arrays.equals(info.shape(), shape)) {
            misshaped.add(
                "%s %s instead of %s"
                    .formatted(name, Arrays.toString(info.shape()), Arrays.toString(shape)));
          }
        });
    List<String> superfluous =
        present.keySet().stream()
            .filter(name -> !expected.containsKey(name) && !ignorable.test(name))
            .toList();
    String problems =
        List.of(
                list("missing", missing),
                list("superfluous", superfluous),
                list("of another shape", misshaped))
            .stream()
            .filter(list -> !list.isEmpty())
            .collect(Collectors.joining("; "));
    if (!problems.isEmpty()) {
      throw new CheckpointException(
          checkpoint.file(), "does not fit the network's configuration: " + problems);
    }
  }

  private static String list(String problem, List<String> tensors) {
    if (tensors.isEmpty()) {
      return "";
    }
    String named = tensors.stream().limit(MOST_NAMED).collect(Collectors.joining(", "));
    int others = tensors.size() - MOST_NAMED;
    return tensors.size()
        + " "
        + problem
        + ": "
        + named
        + (others > 0 ? " and " + others + " more" : "");
  }
}
