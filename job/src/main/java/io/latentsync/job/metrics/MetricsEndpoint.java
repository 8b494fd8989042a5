package io.latentsync.job.metrics;

import com.codahale.metrics.MetricRegistry;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.apache.spark.metrics.sink.MetricsServlet;
import org.apache.spark.metrics.sink.PrometheusServlet;

/**
 * An HTTP server for the metrics of an executor, because Spark's executors have no web UI. Paths
 * and formats are those of the driver's web UI: {@code /metrics/json} and {@code
 * /metrics/prometheus}.
 */
final class MetricsEndpoint implements AutoCloseable {
  private static final int TRIES = 32;
  private static final int THREADS = 2;

  private final HttpServer server;
  private final ExecutorService threads;

  private MetricsEndpoint(HttpServer server, MetricRegistry registry) {
    this.server = server;
    this.threads =
        Executors.newFixedThreadPool(
            THREADS,
            task -> {
              Thread thread = new Thread(task, "metrics-endpoint");
              thread.setDaemon(true);
              return thread;
            });
    MetricsServlet json = new MetricsServlet(new Properties(), registry);
    PrometheusServlet prometheus = new PrometheusServlet(new Properties(), registry);
    server.setExecutor(threads);
    page("/metrics/json", "application/json", () -> json.getMetricsSnapshot(null));
    page("/metrics/prometheus", "text/plain", prometheus::getMetricsSnapshot);
    server.start();
  }

  /**
   * Starts a server.
   *
   * @param host the address to bind to
   * @param port the first port to try; if another executor of the machine uses it, the next ones
   *     are tried
   * @throws IOException if none of the ports is free
   */
  static MetricsEndpoint open(String host, int port, MetricRegistry registry) throws IOException {
    for (int i = 0; true; i++) {
      try {
        HttpServer server = HttpServer.create(new InetSocketAddress(host, port + i), 0);
        return new MetricsEndpoint(server, registry);
      } catch (BindException e) {
        if (i + 1 == TRIES) {
          throw e;
        }
      }
    }
  }

  /** The address without a path. */
  String address() {
    return "http://%s:%d"
        .formatted(server.getAddress().getHostString(), server.getAddress().getPort());
  }

  private void page(String path, String type, Supplier<String> text) {
    server.createContext(path, exchange -> answer(exchange, path, type, text));
  }

  private static void answer(HttpExchange exchange, String path, String type, Supplier<String> text)
      throws IOException {
    try (exchange) {
      if (!exchange.getRequestURI().getPath().replaceFirst("/$", "").equals(path)) {
        exchange.sendResponseHeaders(404, -1);
      } else if (!exchange.getRequestMethod().equals("GET")) {
        exchange.sendResponseHeaders(405, -1);
      } else {
        byte[] body = text.get().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type + ";charset=utf-8");
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
      }
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdown();
  }
}
