package io.latentsync.job.fetch;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/** A model server on loopback that simulates faults on request. */
public final class ModelServer implements AutoCloseable {
  private final HttpServer server;
  private final Map<String, byte[]> files = new HashMap<>();
  private final Queue<Answer> next = new ArrayDeque<>();
  private final List<String> ranges = Collections.synchronizedList(new ArrayList<>());

  /** A response that simulates a fault. */
  @FunctionalInterface
  public interface Answer {
    /** Answers a request for a file. */
    void to(HttpExchange exchange, byte[] content) throws IOException;
  }

  /** Starts a server without files. */
  public ModelServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  /** The base address. */
  public URI base() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** Serves a file. */
  public synchronized void put(PublishedFile file, byte[] content) {
    files.put(file.address(base()).getPath(), content);
  }

  /** Answers the next request with a fault; several calls apply to several requests in order. */
  public synchronized void answerNext(Answer answer) {
    next.add(answer);
  }

  /** The requested ranges, in order; {@code null} for whole files. */
  public List<String> ranges() {
    return ranges;
  }

  /** Sends the headers of the whole file and its first bytes, then cuts the connection. */
  public static Answer cutAfter(int bytes) {
    return (exchange, content) -> {
      int from = from(exchange);
      head(exchange, from, content);
      OutputStream body = exchange.getResponseBody();
      body.write(content, from, bytes);
      body.flush();
    };
  }

  /** Sends a status without a body. */
  public static Answer status(int status) {
    return (exchange, content) -> exchange.sendResponseHeaders(status, -1);
  }

  private void answer(HttpExchange exchange) throws IOException {
    Answer answer;
    byte[] content;
    synchronized (this) {
      answer = next.poll();
      content = files.get(exchange.getRequestURI().getPath());
    }
    ranges.add(exchange.getRequestHeaders().getFirst("Range"));
    try (exchange) {
      if (answer != null) {
        answer.to(exchange, content);
      } else if (content == null) {
        status(404).to(exchange, null);
      } else {
        int from = from(exchange);
        head(exchange, from, content);
        exchange.getResponseBody().write(Arrays.copyOfRange(content, from, content.length));
      }
    }
  }

  private static int from(HttpExchange exchange) {
    String range = exchange.getRequestHeaders().getFirst("Range");
    return range == null ? 0 : Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
  }

  private static void head(HttpExchange exchange, int from, byte[] content) throws IOException {
    if (from > 0) {
      exchange
          .getResponseHeaders()
          .set(
              "Content-Range",
              "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
    }
    exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
