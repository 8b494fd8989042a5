package io.latentsync.model.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Tests which networks stay loaded. A string stands for a network. */
final class NetworkCacheTest {
  private final Set<String> closed = new HashSet<>();
  private final List<String> loaded = Collections.synchronizedList(new ArrayList<>());
  private final NetworkCache<String> cache = new NetworkCache<>(closed::add);

  private NetworkLease<String> lease(String name) throws IOException {
    return lease(name, Device.cpu());
  }

  private NetworkLease<String> lease(String name, Device device) throws IOException {
    return cache.lease(
        () -> name,
        device,
        () -> {
          loaded.add(name);
          return name;
        });
  }

  private void use(String name) throws IOException {
    try (NetworkLease<String> lease = lease(name)) {
      assertThat(lease.network()).isEqualTo(name);
      assertThat(closed).doesNotContain(name);
    }
  }

  @Test
  void simultaneousTasksShareOneNetwork() throws Exception {
    Callable<NetworkLease<String>> task = () -> lease("a");
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      for (Future<NetworkLease<String>> lease :
          threads.invokeAll(List.of(task, task, task, task))) {
        assertThat(lease.get().network()).isEqualTo("a");
      }
    } finally {
      threads.shutdown();
    }
    assertThat(loaded).containsExactly("a");
  }

  @Test
  void theLeastRecentlyUsedIsClosedBeforeAThirdIsLoaded() throws IOException {
    use("a");
    use("b");
    use("a");
    assertThat(closed).isEmpty();
    cache
        .lease(
            () -> "c",
            Device.cpu(),
            () -> {
              assertThat(closed).containsExactly("b");
              return "c";
            })
        .close();
    assertThat(closed).containsExactly("b");
    use("a");
    assertThat(loaded).containsExactly("a", "b");
  }

  @Test
  void eachDeviceHasItsOwn() throws IOException {
    use("a");
    use("b");
    lease("c", Device.gpu(0)).close();
    lease("d", Device.gpu(1)).close();
    assertThat(closed).isEmpty();
  }

  @Test
  void networksInUseAreClosedAfterwards() throws IOException {
    NetworkLease<String> first = lease("a");
    NetworkLease<String> second = lease("a");
    use("b");
    use("c");
    use("d");
    assertThat(closed).containsExactlyInAnyOrder("b", "c");
    first.close();
    first.close(); // The other lease stays.
    use("e");
    use("f");
    assertThat(second.network()).isEqualTo("a");
    assertThat(closed).doesNotContain("a");
    second.close();
    use("g");
    assertThat(closed).contains("a");
  }

  @Test
  void moreThanTheBoundMayBeInUse() throws IOException {
    List<NetworkLease<String>> leases = new ArrayList<>();
    for (String name : List.of("a", "b", "c", "d")) {
      leases.add(lease(name));
    }
    assertThat(closed).isEmpty();
    leases.forEach(NetworkLease::close);
    assertThat(closed).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void aClosedLeaseIsRefused() throws IOException {
    NetworkLease<String> lease = lease("a");
    lease.close();
    assertThatThrownBy(lease::network)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the lease is closed: the network may be gone");
  }

  @Test
  void aFailedLoadIsRetried() throws IOException {
    assertThatThrownBy(
            () ->
                cache.lease(
                    () -> "a",
                    Device.cpu(),
                    () -> {
                      throw new IOException("a.pt: is damaged");
                    }))
        .isInstanceOf(IOException.class)
        .hasMessage("a.pt: is damaged");
    use("a");
    assertThat(closed).isEmpty();
  }

  @Test
  void filesThatAreReplacedWhileTheyAreReadAreRefused() throws IOException {
    List<String> states = new ArrayList<>(List.of("old", "new"));
    assertThatThrownBy(() -> cache.lease(() -> states.remove(0), Device.cpu(), () -> "mixed"))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "a file of the model was replaced while it was being loaded; run the command again");
    assertThat(closed).containsExactly("mixed");
    use("old");
    assertThat(loaded).containsExactly("old");
  }
}
