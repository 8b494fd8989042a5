package io.latentsync.job.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A standalone cluster on loopback: a master, workers with one core (and a GPU, as they declare)
 * and their executors, each a separate process, started from the packaged job by the scripts of
 * {@code deploy/standalone}.
 */
public final class StandaloneCluster implements AutoCloseable {
  /** Much longer than any step takes; only a failing test waits so long. */
  public static final Duration TIMEOUT = Duration.ofMinutes(10);

  /** JVM options for a quick start; executors inherit them from their worker. */
  public static final String QUICK = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1";

  private static final String LOOPBACK = InetAddress.getLoopbackAddress().getHostAddress();
  private static final Path SCRIPTS =
      Path.of(System.getProperty("deploy.dir", "../deploy")).resolve("standalone").toAbsolutePath();

  private final Path folder;
  private final List<String> settings;
  private final int port = freePort();
  private final int webPort = freePort();
  private final Process master;
  private final List<Process> workers = new ArrayList<>();
  private int logs;
  private int submissions;

  /**
   * Starts a cluster and waits until its master knows all workers.
   *
   * @param folder where logs and the workers' files are put
   */
  public StandaloneCluster(Path folder, int workers) throws IOException {
    this(folder, workers, List.of());
  }

  /**
   * Starts a cluster whose master, workers and drivers have the settings of a file.
   *
   * @param folder where logs and the workers' files are put
   */
  public StandaloneCluster(Path folder, int workers, Path settings) throws IOException {
    this(folder, workers, List.of("--properties-file", settings.toString()));
  }

  private StandaloneCluster(Path folder, int workers, List<String> settings) throws IOException {
    this.folder = folder;
    this.settings = settings;
    this.master =
        start(
            LOOPBACK,
            Map.of(),
            "-Xmx256m",
            "master",
            "--host",
            LOOPBACK,
            "--port",
            String.valueOf(port),
            "--webui-port",
            String.valueOf(webPort));
    for (int i = 0; i < workers; i++) {
      addWorker();
    }
    awaitWorkers(workers);
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Starts one more worker, with a separate address: Spark starts a speculative attempt only on
   * another machine.
   */
  public void addWorker() throws IOException {
    addWorker(Map.of());
  }

  /** As {@link #addWorker()}, with variables in the environment of worker and executors. */
  public Process addWorker(Map<String, String> environment) throws IOException {
    String address = "127.0.0." + (2 + logs);
    Process worker =
        start(
            address,
            environment,
            "-Xmx256m -Dspark.decommission.enabled=true -Dspark.worker.resource.gpu.amount=1"
                + " -Dspark.worker.resource.gpu.discoveryScript="
                + SCRIPTS.resolveSibling("discover-gpus"),
            "worker",
            "--host",
            address,
            "--cores",
            "1",
            "--memory",
            "2g",
            "--work-dir",
            folder.resolve("work").toString(),
            "spark://" + LOOPBACK + ":" + port);
    workers.add(worker);
    return worker;
  }

  /**
   * Waits until the master has so many live workers. A starting master first refuses connections,
   * then for a short time has a server without pages, or with the page for people only, which
   * answers all addresses.
   */
  public void awaitWorkers(int count) {
    await()
        .atMost(TIMEOUT)
        .ignoreExceptionsMatching(
            e ->
                e instanceof ConnectException
                    || e instanceof FileNotFoundException
                    || e instanceof JsonParseException)
        .until(() -> state().path("aliveworkers").asInt() == count);
  }

  /** The master's state of the cluster. */
  private JsonNode state() throws IOException {
    URI page = URI.create("http://" + LOOPBACK + ":" + webPort + "/json/");
    try (InputStream json = page.toURL().openStream()) {
      return new ObjectMapper().readTree(json);
    }
  }

  private Process start(
      String address,
      Map<String, String> environment,
      String javaOptions,
      String script,
      String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(SCRIPTS.resolve(script).toString()));
    command.addAll(settings);
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(script + "-" + logs++ + ".log").toFile());
    surroundings(builder, address)
        .putAll(Map.of("LATENTSYNC_JAVA_OPTS", javaOptions, "CUDA_VISIBLE_DEVICES", "0"));
    builder.environment().putAll(environment);
    return builder.start();
  }

  private Map<String, String> surroundings(ProcessBuilder builder, String address) {
    Map<String, String> environment = builder.environment();
    environment.put("JAVA_TOOL_OPTIONS", QUICK);
    environment.put("SPARK_LOCAL_IP", address);
    environment.put("SPARK_LOCAL_DIRS", folder.resolve("local").toString());
    return environment;
  }

  /**
   * Submits a run as a user does: the first time with its jars, later with the jars that are in
   * place.
   */
  public Submission submit(List<String> submitOptions, List<String> arguments) throws IOException {
    boolean sendJars = submissions++ == 0;
    Path log = folder.resolve("dub-" + logs++ + ".log");
    List<String> command = new ArrayList<>(List.of(SCRIPTS.resolve("dub").toString()));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    List<String> options =
        new ArrayList<>(
            List.of(
                "--executor-memory",
                "512m",
                "--conf",
                "spark.driver.host=" + LOOPBACK,
                "--conf",
                "spark.executor.heartbeatInterval=1s",
                // Work begins when all executors are registered, even on a slow machine.
                "--total-executor-cores",
                String.valueOf(workers.size()),
                "--conf",
                "spark.scheduler.minRegisteredResourcesRatio=1.0",
                "--conf",
                "spark.scheduler.maxRegisteredResourcesWaitingTime=10m"));
    options.addAll(settings);
    options.addAll(submitOptions);
    surroundings(builder, LOOPBACK)
        .putAll(
            Map.of(
                "SPARK_MASTER",
                "spark://" + LOOPBACK + ":" + port,
                "LATENTSYNC_JAVA_OPTS",
                "-Xmx512m",
                "LATENTSYNC_SUBMIT_OPTS",
                String.join(" ", options),
                "LATENTSYNC_JARS",
                sendJars ? "send" : "shared"));
    return new Submission(builder.start(), log);
  }

  /** The output of the executors, including those that have ended. */
  public String executorOutput() throws IOException {
    StringBuilder output = new StringBuilder();
    try (Stream<Path> files = Files.walk(folder.resolve("work"))) {
      for (Path log : files.filter(file -> file.endsWith("stderr")).toList()) {
        // A line may be half written.
        output.append(new String(Files.readAllBytes(log), StandardCharsets.UTF_8));
      }
    }
    return output.toString();
  }

  /** The master's output so far, on standard output and standard error. */
  public String masterOutput() throws IOException {
    return Files.readString(folder.resolve("master-0.log"));
  }

  /** The first worker's output so far. */
  public String workerOutput() throws IOException {
    return Files.readString(folder.resolve("worker-1.log"));
  }

  /** The address of the master. */
  public String master() {
    return "spark://" + LOOPBACK + ":" + port;
  }

  /** The running executors. */
  List<ProcessHandle> executors() {
    return workers.stream().flatMap(Process::children).filter(ProcessHandle::isAlive).toList();
  }

  /** The executors that are writing the pictures of a segment at this moment. */
  List<ProcessHandle> rendering() {
    return executors().stream().filter(SegmentWriters::isRendering).toList();
  }

  /** Waits until so many executors are in the middle of a segment. */
  public List<ProcessHandle> awaitRendering(int count) {
    return await()
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofMillis(20))
        .until(this::rendering, executors -> executors.size() >= count);
  }

  /** Waits until no executor runs, as after the end of a driver. */
  public void awaitNoExecutors() {
    await().atMost(TIMEOUT).until(() -> executors().isEmpty());
  }

  /** Kills the worker that an executor belongs to. */
  public void killWorkerOf(ProcessHandle executor) {
    killWorker(workerOf(executor));
  }

  /**
   * Asks the worker of an executor to leave the cluster, as a cloud does before it takes a node.
   */
  public Process decommissionWorkerOf(ProcessHandle executor)
      throws IOException, InterruptedException {
    Process worker = workerOf(executor);
    String id = String.valueOf(worker.pid());
    assertThat(new ProcessBuilder("kill", "-PWR", id).start().waitFor()).isZero();
    return worker;
  }

  /** Kills a worker. */
  public void killWorker(Process worker) {
    worker.destroyForcibly();
    workers.remove(worker);
  }

  private Process workerOf(ProcessHandle executor) {
    return workers.stream()
        .filter(process -> process.children().anyMatch(executor::equals))
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void close() {
    for (ProcessHandle executor : executors()) {
      executor.destroyForcibly();
    }
    workers.forEach(Process::destroyForcibly);
    master.destroyForcibly();
  }
}
