package io.latentsync.job.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.latentsync.job.storage.Location;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CommonConfigurationKeysPublic;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.server.MiniYARNCluster;

/**
 * YARN and HDFS on loopback. Their daemons are in this process; the containers are processes of
 * their own. YARN kills those that need more memory than requested. Runs are submitted by {@code
 * deploy/yarn/dub}.
 */
public final class YarnCluster implements AutoCloseable {
  private static final Path SCRIPTS =
      Path.of(System.getProperty("deploy.dir", "../deploy")).resolve("yarn").toAbsolutePath();

  /** The environment of all JVMs of a run; without blanks, at which the script splits options. */
  private static final Map<String, String> ENVIRONMENT =
      Map.of(
          "JAVA_HOME",
          System.getProperty("java.home"),
          "JAVA_TOOL_OPTIONS",
          "-XX:TieredStopAtLevel=1");

  /** Where the driver of a run is. */
  public enum Mode {
    CLIENT,
    CLUSTER
  }

  private final Path folder;
  private final MiniHdfs hdfs;
  private final MiniYARNCluster yarn = new MiniYARNCluster("yarn", 1, 1, 1);
  private int logs;

  /**
   * Starts it.
   *
   * @param folder where logs, configuration and the blocks of HDFS are put
   */
  public YarnCluster(Path folder) throws IOException {
    this.folder = folder;
    this.hdfs = new MiniHdfs(folder);
    YarnConfiguration configuration = new YarnConfiguration(hdfs.configuration());
    configuration.set("yarn.scheduler.capacity.root.queues", "default");
    configuration.setInt("yarn.scheduler.capacity.root.default.capacity", 100);
    configuration.setFloat("yarn.scheduler.capacity.maximum-am-resource-percent", 1);
    configuration.setInt(YarnConfiguration.YARN_MINICLUSTER_NM_PMEM_MB, 8192);
    configuration.setInt(YarnConfiguration.NM_VCORES, 8);
    configuration.setInt(YarnConfiguration.RM_SCHEDULER_MINIMUM_ALLOCATION_MB, 1);
    configuration.setBoolean(YarnConfiguration.YARN_MINICLUSTER_CONTROL_RESOURCE_MONITORING, true);
    // Memory is limited by YARN, which polls the processes, and not by control groups.
    configuration.setBoolean(YarnConfiguration.NM_MEMORY_RESOURCE_ENFORCED, false);
    configuration.setBoolean(YarnConfiguration.NM_VMEM_CHECK_ENABLED, false);
    configuration.setInt(YarnConfiguration.NM_CONTAINER_MON_INTERVAL_MS, 100);
    // The disk of a developer may be fuller than YARN likes.
    configuration.setFloat(YarnConfiguration.NM_MAX_PER_DISK_UTILIZATION_PERCENTAGE, 100);
    yarn.init(configuration);
    yarn.start();
    // The addresses are in the configuration only some time after the start.
    await()
        .atMost(StandaloneCluster.TIMEOUT)
        .until(() -> !yarn.getConfig().get(YarnConfiguration.RM_ADDRESS).endsWith(":0"));
    Configuration clients = new Configuration(yarn.getConfig());
    // HDFS for tests names a class of its own, which the clients do not have.
    clients.unset(CommonConfigurationKeysPublic.NET_TOPOLOGY_NODE_SWITCH_MAPPING_IMPL_KEY);
    Files.createDirectory(conf());
    for (String file : List.of("core-site.xml", "yarn-site.xml")) {
      try (OutputStream out = Files.newOutputStream(conf().resolve(file))) {
        clients.writeXml(out);
      }
    }
  }

  private Path conf() {
    return folder.resolve("conf");
  }

  /** The HDFS. */
  public MiniHdfs hdfs() {
    return hdfs;
  }

  /** How to reach the HDFS. */
  public Configuration configuration() {
    return hdfs.configuration();
  }

  /** Copies the jars to a new folder of HDFS, as {@code deploy/yarn/install} does. */
  public Location install() throws IOException, InterruptedException {
    Location target = hdfs.at("/apps/latentsync");
    Path log = folder.resolve("install.log");
    ProcessBuilder builder =
        new ProcessBuilder(SCRIPTS.resolve("install").toString(), target.name());
    Submission copy = new Submission(start(builder, log), log);
    if (copy.exitCode() != 0) {
      throw new IOException(copy.output());
    }
    return target;
  }

  /**
   * Submits a run with two executors of one core.
   *
   * @param jars value of LATENTSYNC_JARS
   */
  public Submission submit(
      Mode mode, String jars, List<String> submitOptions, List<String> arguments)
      throws IOException {
    Path log = folder.resolve("dub-" + logs++ + ".log");
    List<String> options =
        new ArrayList<>(
            List.of(
                "--num-executors",
                "2",
                "--executor-memory",
                "512m",
                "--driver-memory",
                "512m",
                "--conf",
                "spark.executor.memoryOverhead=1536m",
                "--conf",
                "spark.driver.memoryOverhead=1536m",
                "--conf",
                "spark.executor.heartbeatInterval=1s",
                // Work begins when all executors are registered, even on a slow machine.
                "--conf",
                "spark.scheduler.minRegisteredResourcesRatio=1.0",
                "--conf",
                "spark.scheduler.maxRegisteredResourcesWaitingTime=10m"));
    if (mode == Mode.CLIENT) {
      options.addAll(List.of("--conf", "spark.driver.host=127.0.0.1"));
    }
    ENVIRONMENT.forEach(
        (name, value) -> {
          options.addAll(List.of("--conf", "spark.executorEnv.%s=%s".formatted(name, value)));
          options.addAll(List.of("--conf", "spark.yarn.appMasterEnv.%s=%s".formatted(name, value)));
        });
    options.addAll(submitOptions);
    ProcessBuilder builder = new ProcessBuilder(SCRIPTS.resolve("dub").toString());
    builder.command().addAll(arguments);
    builder
        .environment()
        .putAll(
            Map.of(
                "LATENTSYNC_DEPLOY_MODE",
                mode.name().toLowerCase(Locale.ROOT),
                "LATENTSYNC_JARS",
                jars,
                "LATENTSYNC_JAVA_OPTS",
                "-Xmx512m",
                "LATENTSYNC_SUBMIT_OPTS",
                String.join(" ", options)));
    return new Submission(start(builder, log), log);
  }

  private Process start(ProcessBuilder builder, Path log) throws IOException {
    builder.environment().putAll(ENVIRONMENT);
    builder.environment().put("HADOOP_CONF_DIR", conf().toString());
    return builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
  }

  /** The JVMs of containers with a main class. */
  private static List<ProcessHandle> containers(String main) {
    return ProcessHandle.current()
        .descendants()
        .filter(process -> process.info().command().orElse("").endsWith("/java"))
        .filter(process -> process.info().commandLine().orElse("").contains(main))
        .toList();
  }

  /** Waits until an executor of a run is in the middle of a segment. */
  public ProcessHandle awaitRendering(Submission run) {
    return await()
        .atMost(StandaloneCluster.TIMEOUT)
        .failFast(
            () -> assertThat(run.process().isAlive()).as("it runs: %s", run.output()).isTrue())
        .pollInterval(Duration.ofMillis(20))
        .until(
            () ->
                containers("YarnCoarseGrainedExecutorBackend").stream()
                    .filter(SegmentWriters::isRendering)
                    .toList(),
            executors -> !executors.isEmpty())
        .get(0);
  }

  /** The application master of the only run in cluster mode. */
  public ProcessHandle applicationMaster() {
    return containers("org.apache.spark.deploy.yarn.ApplicationMaster").get(0);
  }

  /** The output of all containers so far. */
  public String containerOutput() throws IOException {
    StringBuilder output = new StringBuilder();
    try (Stream<Path> files = Files.walk(yarn.getTestWorkDir().toPath())) {
      for (Path log :
          files
              .filter(file -> file.endsWith("stderr") || file.endsWith("stdout"))
              .sorted()
              .toList()) {
        // A line may be half written.
        output.append(new String(Files.readAllBytes(log), StandardCharsets.UTF_8));
      }
    }
    return output.toString();
  }

  @Override
  public void close() {
    yarn.stop();
    hdfs.close();
  }
}
