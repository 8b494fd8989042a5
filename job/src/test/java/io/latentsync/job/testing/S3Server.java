package io.latentsync.job.testing;

import com.google.common.base.Splitter;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.latentsync.job.storage.Location;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.gaul.s3proxy.AuthenticationType;
import org.gaul.s3proxy.S3Proxy;
import org.jclouds.ContextBuilder;
import org.jclouds.blobstore.BlobStore;
import org.jclouds.blobstore.BlobStoreContext;
import org.jclouds.blobstore.domain.MultipartUpload;
import org.jclouds.blobstore.domain.StorageMetadata;
import org.jclouds.blobstore.options.ListContainerOptions;

/**
 * A real S3 server on loopback with one bucket, which keeps its objects in a folder and checks
 * signatures. In front of it, requests are counted and faults are simulated.
 */
public final class S3Server implements AutoCloseable {
  private static final String KEY = "AKIAIOSFODNN7EXAMPLE";

  /** Looks like a secret, so that tests can search for it in logs and reports. */
  public static final String SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY";

  /** Hadoop keeps a client for each bucket, so each server of a process has its own. */
  private final String bucket = "dubs-" + UUID.randomUUID();

  private final BlobStoreContext context;
  private final S3Proxy proxy;
  private final HttpServer front;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Request> requests = Collections.synchronizedList(new ArrayList<>());
  private volatile Function<Request, Optional<Fault>> faults = request -> Optional.empty();

  /**
   * A request.
   *
   * @param operation S3's name of it
   * @param key of the object; empty for a request of the bucket
   * @param query parameters, such as {@code partNumber=2}
   */
  public record Request(String operation, String key, List<String> query) {
    private static Request of(HttpExchange exchange) {
      URI uri = exchange.getRequestURI();
      String path = uri.getPath().substring(1);
      String key = path.contains("/") ? path.substring(path.indexOf('/') + 1) : "";
      List<String> query =
          Splitter.on('&')
              .omitEmptyStrings()
              .splitToList(Optional.ofNullable(uri.getQuery()).orElse(""));
      boolean copies = exchange.getRequestHeaders().containsKey("x-amz-copy-source");
      return new Request(operation(exchange.getRequestMethod(), key, query, copies), key, query);
    }

    private static String operation(String method, String key, List<String> query, boolean copies) {
      boolean ofUpload = query.stream().anyMatch(parameter -> parameter.startsWith("uploadId="));
      boolean uploads = query.stream().anyMatch(parameter -> parameter.startsWith("uploads"));
      return switch (method) {
        case "GET" ->
            key.isEmpty() ? (uploads ? "ListMultipartUploads" : "ListObjectsV2") : "GetObject";
        case "HEAD" -> key.isEmpty() ? "HeadBucket" : "HeadObject";
        case "PUT" -> ofUpload ? "UploadPart" : copies ? "CopyObject" : "PutObject";
        case "POST" ->
            key.isEmpty()
                ? "DeleteObjects"
                : ofUpload ? "CompleteMultipartUpload" : "CreateMultipartUpload";
        default -> ofUpload ? "AbortMultipartUpload" : "DeleteObject";
      };
    }
  }

  /** A response that simulates a fault. */
  @FunctionalInterface
  public interface Fault {
    /** Answers, instead of the server. */
    void answer(HttpExchange exchange) throws IOException;

    /** An error of S3. */
    static Fault error(int status, String code, String message) {
      return exchange -> {
        byte[] body =
            "<?xml version=\"1.0\"?><Error><Code>%s</Code><Message>%s</Message></Error>"
                .formatted(code, message)
                .getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/xml");
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, head ? -1 : body.length);
        if (!head) {
          exchange.getResponseBody().write(body);
        }
      };
    }

    /** Waits for an event before the request is refused, as if the network were interrupted. */
    static Fault until(CountDownLatch event) {
      return exchange -> {
        try {
          event.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        error(503, "SlowDown", "Please reduce your request rate.").answer(exchange);
      };
    }
  }

  /** Starts a server with its objects in a folder. */
  public S3Server(Path folder) throws Exception {
    Properties properties = new Properties();
    properties.setProperty(
        "jclouds.filesystem.basedir", Files.createDirectories(folder).toString());
    context =
        ContextBuilder.newBuilder("filesystem-nio2")
            .credentials("", "")
            .overrides(properties)
            .buildView(BlobStoreContext.class);
    store().createContainerInLocation(null, bucket);
    String loopback = InetAddress.getLoopbackAddress().getHostAddress();
    proxy =
        S3Proxy.builder()
            .blobStore(store())
            .endpoint(URI.create("http://" + loopback + ":0"))
            .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, KEY, SECRET)
            .ignoreUnknownHeaders(true)
            .build();
    proxy.start();
    front = HttpServer.create(new InetSocketAddress(loopback, 0), 0);
    front.setExecutor(threads);
    front.createContext("/", this::answer);
    front.start();
  }

  private BlobStore store() {
    return context.getBlobStore();
  }

  /** The settings of a client, see deploy/OBJECT_STORES.md. */
  public Map<String, String> settings() {
    Map<String, String> settings = new TreeMap<>();
    settings.put(
        "fs.s3a.endpoint",
        "http://%s:%d".formatted(front.getAddress().getHostString(), front.getAddress().getPort()));
    settings.put("fs.s3a.endpoint.region", "eu-central-1");
    settings.put("fs.s3a.path.style.access", "true");
    settings.put("fs.s3a.access.key", KEY);
    settings.put("fs.s3a.secret.key", SECRET);
    // The smallest part that S3 permits.
    settings.put("fs.s3a.multipart.size", "5M");
    settings.put("fs.s3a.multipart.threshold", "5M");
    // Failures need not last long in a test.
    settings.put("fs.s3a.attempts.maximum", "2");
    settings.put("fs.s3a.retry.limit", "2");
    settings.put("fs.s3a.retry.interval", "10ms");
    return settings;
  }

  /** The settings as a configuration. */
  public Configuration configuration() {
    Configuration configuration = new Configuration();
    settings().forEach(configuration::set);
    return configuration;
  }

  /** A location on this server. */
  public Location at(String path) {
    return new Location("s3a://" + bucket + path);
  }

  /** Copies a local file or folder to this server. */
  public Location upload(Path local, String path) throws IOException {
    if (Files.isDirectory(local)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(local)) {
        for (Path file : files) {
          upload(file, path + "/" + file.getFileName());
        }
      }
    } else {
      at(path).commit(configuration(), local);
    }
    return at(path);
  }

  /** Simulates faults from now on. */
  public void failWith(Function<Request, Optional<Fault>> newFaults) {
    faults = newFaults;
  }

  /** Simulates no faults from now on. */
  public void recover() {
    faults = request -> Optional.empty();
  }

  /** The requests until now. */
  public List<Request> requests() {
    synchronized (requests) {
      return List.copyOf(requests);
    }
  }

  /** Number of requests of each operation since {@link #forget}. */
  public Map<String, Long> counts() {
    return requests().stream()
        .collect(Collectors.groupingBy(Request::operation, TreeMap::new, Collectors.counting()));
  }

  /** Forgets the requests until now. */
  public void forget() {
    requests.clear();
  }

  /** The keys of all objects, without the markers of folders. */
  public List<String> objects() {
    return store().list(bucket, ListContainerOptions.Builder.recursive()).stream()
        .map(StorageMetadata::getName)
        .filter(name -> !name.endsWith("/"))
        .sorted()
        .toList();
  }

  /** The keys of uploads that are neither complete nor aborted. */
  public List<String> pendingUploads() {
    return store().listMultipartUploads(bucket).stream().map(MultipartUpload::blobName).toList();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      Request request = Request.of(exchange);
      requests.add(request);
      Optional<Fault> fault = faults.apply(request);
      if (fault.isPresent()) {
        fault.get().answer(exchange);
      } else {
        forward(exchange, body);
      }
    }
  }

  /** Sends a request with the same headers, which are signed, to the server. */
  private void forward(HttpExchange exchange, byte[] body) throws IOException {
    StringBuilder head = new StringBuilder();
    head.append(
        "%s %s HTTP/1.0\r\n".formatted(exchange.getRequestMethod(), exchange.getRequestURI()));
    exchange
        .getRequestHeaders()
        .forEach(
            (name, values) -> {
              if (!List.of("expect", "connection").contains(name.toLowerCase(Locale.ROOT))) {
                values.forEach(
                    value -> head.append(name).append(": ").append(value).append("\r\n"));
              }
            });
    head.append("\r\n");
    try (Socket socket = new Socket(front.getAddress().getAddress(), proxy.getPort())) {
      OutputStream out = socket.getOutputStream();
      out.write(head.toString().getBytes(StandardCharsets.UTF_8));
      out.write(body);
      out.flush();
      InputStream in = new BufferedInputStream(socket.getInputStream());
      int status = Integer.parseInt(Splitter.on(' ').splitToList(line(in)).get(1));
      Headers headers = exchange.getResponseHeaders();
      for (String line = line(in); !line.isEmpty(); line = line(in)) {
        int colon = line.indexOf(':');
        headers.add(line.substring(0, colon), line.substring(colon + 1).strip());
      }
      headers.remove("Connection");
      if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.sendResponseHeaders(status, -1);
      } else {
        byte[] answer = in.readAllBytes();
        headers.remove("Content-Length");
        exchange.sendResponseHeaders(status, answer.length == 0 ? -1 : answer.length);
        exchange.getResponseBody().write(answer);
      }
    }
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n' && next >= 0; next = in.read()) {
      line.append((char) next);
    }
    return line.toString().strip();
  }

  @Override
  public void close() throws Exception {
    front.stop(0);
    threads.shutdownNow();
    proxy.stop();
    context.close();
  }
}
