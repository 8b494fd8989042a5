package io.latentsync.job.testing;

import io.latentsync.job.metrics.JobMetrics;
import io.latentsync.job.staging.Staging;
import io.latentsync.job.staging.StagingLease;
import io.latentsync.job.storage.InputCache;
import io.latentsync.job.storage.LocalFolder;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.SharedLease;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;

/**
 * A process other than that of the test: it uses the node's copy of an input, holds a staging
 * folder, or runs a command.
 */
public final class OtherProcess implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;

  private OtherProcess(ProcessBuilder builder) throws IOException {
    process = builder.start();
    output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  private OtherProcess(String... arguments) throws IOException {
    this(List.of(), arguments);
  }

  private OtherProcess(List<String> flags, String... arguments) throws IOException {
    this(
        java(
                Stream.concat(Stream.of("-Xmx128m", "-XX:TieredStopAtLevel=1"), flags.stream())
                    .toList(),
                List.of(),
                OtherProcess.class,
                arguments)
            .redirectError(ProcessBuilder.Redirect.INHERIT));
  }

  private static ProcessBuilder java(
      List<String> flags, List<Path> before, Class<?> main, String... arguments) {
    List<String> classPath = new ArrayList<>(before.stream().map(Path::toString).toList());
    classPath.add(System.getProperty("java.class.path"));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + Path.of(System.getProperty("conf.dir"), "jvm.flags"));
    command.addAll(flags);
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-Djava.awt.headless=true",
            "-Dlog4j2.configurationFile=" + System.getProperty("log4j2.configurationFile"),
            "-cp",
            String.join(File.pathSeparator, classPath),
            main.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command);
  }

  /**
   * The output of a command on standard output and standard error, without a terminal.
   *
   * @param code its exit code
   */
  public record Output(int code, List<String> lines) {
    /**
     * The lines of a command that succeeds.
     *
     * @throws IOException if it fails; the message is its output
     */
    public List<String> ofSuccess() throws IOException {
      if (code != 0) {
        throw new IOException("exit code %d: %s".formatted(code, String.join("\n", lines)));
      }
      return lines;
    }
  }

  /**
   * The output of a command.
   *
   * @param main its class
   * @throws IOException if it fails; the message is its output
   */
  public static List<String> outputOf(Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    return run(List.of(), Map.of(), main, arguments).ofSuccess();
  }

  /**
   * Runs a command.
   *
   * @param before folders that come before all others on the class path
   * @param environment variables of the process in addition to those of the test
   * @param main its class
   */
  public static Output run(
      List<Path> before, Map<String, String> environment, Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    ProcessBuilder builder = java(List.of("-Xmx2g"), before, main, arguments);
    builder.environment().putAll(environment);
    try (OtherProcess command = new OtherProcess(builder.redirectErrorStream(true))) {
      List<String> lines = command.output.lines().toList();
      return new Output(command.process.waitFor(), lines);
    }
  }

  /**
   * Starts a command and does not wait for it. It must not print more than a pipe holds.
   *
   * @param flags of its JVM
   * @param main its class
   */
  public static OtherProcess start(List<String> flags, Class<?> main, String... arguments)
      throws IOException {
    return new OtherProcess(java(flags, List.of(), main, arguments).redirectErrorStream(true));
  }

  /** Whether the process ends within a time. */
  public boolean endsWithin(Duration time) throws InterruptedException {
    return process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * Sends a signal to the process.
   *
   * @param name such as TERM
   */
  public void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
        .inheritIO()
        .start()
        .waitFor();
  }

  /** Waits for the end of the process; returns its output and exit code. */
  public Output output() throws InterruptedException {
    List<String> lines = output.lines().toList();
    return new Output(process.waitFor(), lines);
  }

  /** Starts a process that gets a copy after {@link #go}, prints its path, and keeps using it. */
  public static OtherProcess thatCopies(Location input, Path cache) throws IOException {
    OtherProcess process = new OtherProcess("copy", input.name(), cache.toString());
    process.expect("ready");
    return process;
  }

  /** Starts a process that holds the lease of a staging folder and renews it. */
  public static OtherProcess thatHolds(Location staging, SharedLease.Times times)
      throws IOException {
    OtherProcess process =
        new OtherProcess(
            "hold", staging.name(), times.renewal().toString(), times.expiry().toString());
    process.expect("held");
    return process;
  }

  /**
   * Starts a process that holds the lease of a staging folder on a disk that several machines
   * share.
   *
   * @param temporary the machine's folder for temporary files
   */
  public static OtherProcess onMachine(Path temporary, Staging staging) throws IOException {
    OtherProcess process =
        new OtherProcess(
            List.of("-Djava.io.tmpdir=" + temporary),
            "hold",
            staging.folder().name(),
            SharedLease.Times.USUAL.renewal().toString(),
            SharedLease.Times.USUAL.expiry().toString());
    process.expect("held");
    return process;
  }

  public void go() throws IOException {
    process.getOutputStream().write('\n');
    process.getOutputStream().flush();
  }

  /** Reads the next line of its output. */
  public String readLine() throws IOException {
    return output.readLine();
  }

  private void expect(String line) throws IOException {
    String next = readLine();
    if (!line.equals(next)) {
      throw new IOException("the other process printed %s instead of %s".formatted(next, line));
    }
  }

  /** Kills the process, as if its machine failed. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }

  /** The program of the other process. */
  public static void main(String[] arguments) throws IOException {
    // Standard output is only for answers; libraries print on standard error.
    PrintStream answers = System.out;
    System.setOut(System.err);
    Configuration configuration = new Configuration();
    Location location = new Location(arguments[1]);
    if (arguments[0].equals("copy")) {
      configuration.set(InputCache.FOLDER, arguments[2]);
      InputCache cache = InputCache.of(configuration);
      location.exists(configuration); // Loads the classes and natives.
      answers.println("ready");
      System.in.read();
      InputCache.Copy copy = cache.copy(location, configuration).orElseThrow();
      answers.printf(
          "%d fetched, %d cached, %s%n",
          JobMetrics.INPUT_CACHE_MISSES.getCount(),
          JobMetrics.INPUT_CACHE_HITS.getCount(),
          copy.path());
    } else {
      StagingLease.take(
          new Staging(location),
          LocalFolder.Access.OWNER,
          configuration,
          new SharedLease.Times(Duration.parse(arguments[2]), Duration.parse(arguments[3])));
      answers.println("held");
    }
    while (System.in.read() >= 0) {
      // Waits until the test ends this process.
    }
  }
}
