package io.latentsync.testing.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.memory.NativeMemoryException;
import io.latentsync.testing.Hostile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * Passes random inputs to a reader for {@code fuzz.seconds} and reports the outcomes. A case
 * depends only on {@code fuzz.seed} and its number; {@code fuzz.case} repeats one case.
 *
 * <p>The folder {@code target/fuzz} contains the failed inputs, each with its seed, number and
 * reason, and the case in progress, so that it is known if the process crashes.
 */
public final class Fuzzer {
  private static final long SECONDS = Long.getLong("fuzz.seconds", 100);
  private static final long SEED = Long.getLong("fuzz.seed", System.currentTimeMillis() / 1000);
  private static final long CASE = Long.getLong("fuzz.case", -1);

  /** Threads that hang keep running; a few of them would use all processors. */
  private static final int MOST_HANGS = 3;

  private static final int MOST_FINDINGS = 50;
  private static final int LONGEST_LINE = 1500;

  private static final Pattern JAVA =
      Pattern.compile("\\b\\w+(Exception|Error)\\b|\\bjava[x]?\\.|\\borg\\.apache\\.|\\(null\\)");

  private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\p{Zl}\\p{Zp}]");

  /** Generates inputs. */
  @FunctionalInterface
  public interface Generator {
    /** An input that depends only on the random numbers. */
    FuzzCase next(RandomGenerator random) throws IOException;
  }

  /** Reads inputs. */
  @FunctionalInterface
  public interface Reader {
    /** Reads a file; returns whether it is accepted, false if it is ignored. */
    boolean read(Path file) throws Exception;
  }

  /** Distinguishes refusals from errors. */
  @FunctionalInterface
  public interface Refusals {
    /** The lines for the user; empty if the reader does not document the exception. */
    Optional<List<String>> lines(Throwable error);
  }

  /** An {@link IOException}, whose message is one line. */
  public static final Refusals ONE_LINE =
      error ->
          error instanceof IOException
              ? Optional.of(List.of(String.valueOf(error.getMessage())))
              : Optional.empty();

  private record Result(FuzzOutcome outcome, String reason) {}

  private final String target;
  private final Path work;
  private final Path findings;
  private final Refusals refusals;
  private final Map<String, Map<FuzzOutcome, Integer>> table = new TreeMap<>();
  private ExecutorService thread = worker();
  private int found;

  /**
   * A fuzzer of one reader.
   *
   * @param target its name
   * @param work an empty folder
   */
  public Fuzzer(String target, Path work, Refusals refusals) throws IOException {
    this.target = target;
    this.work = work;
    this.refusals = refusals;
    this.findings = Files.createDirectories(Path.of("target", "fuzz", target));
  }

  private static ExecutorService worker() {
    return Executors.newSingleThreadExecutor(
        task -> {
          Thread thread = new Thread(task, "fuzz");
          thread.setDaemon(true);
          return thread;
        });
  }

  /** Runs cases, prints the table of outcomes, and fails if an outcome is not acceptable. */
  public void run(Generator generator, Reader reader) throws Exception {
    System.out.printf("fuzz %s: -Dfuzz.seed=%d, %d s%n", target, SEED, SECONDS);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    if (CASE >= 0) {
      run(CASE, generator, reader);
    } else {
      for (long number = 0; System.nanoTime() < end; number++) {
        run(number, generator, reader);
        if (count(FuzzOutcome.HANG) >= MOST_HANGS || found >= MOST_FINDINGS) {
          break;
        }
      }
    }
    thread.shutdownNow();
    String text = table();
    System.out.print(text);
    Files.writeString(findings.resolve("table.txt"), text);
    assertThat(table.values())
        .as("the findings are in %s%n%s", findings.toAbsolutePath(), text)
        .allSatisfy(outcomes -> assertThat(outcomes.keySet()).allMatch(FuzzOutcome::good));
  }

  private void run(long number, Generator generator, Reader reader) throws Exception {
    SplittableRandom random = new SplittableRandom(SEED * 0x9e3779b97f4a7c15L + number);
    FuzzCase input = generator.next(random);
    Path file = Files.write(work.resolve(input.file()), input.bytes());
    Path running = findings.resolve("running");
    Path copy = findings.resolve("running-" + input.file());
    Files.write(copy, input.bytes());
    Files.writeString(running, description(number, input, FuzzOutcome.CRASH, ""));
    Result result = read(file, reader);
    table
        .computeIfAbsent(input.kind(), any -> new EnumMap<>(FuzzOutcome.class))
        .merge(result.outcome(), 1, Integer::sum);
    if (!result.outcome().good()) {
      found++;
      String name = "%d-%d".formatted(SEED, number);
      Files.write(findings.resolve(name + "-" + input.file()), input.bytes());
      String text = description(number, input, result.outcome(), result.reason());
      Files.writeString(findings.resolve(name + ".txt"), text);
      System.out.print(text.lines().limit(4).map(line -> line + "\n").reduce("", String::concat));
    }
    Files.delete(copy);
    Files.delete(running);
    Files.deleteIfExists(file);
  }

  private String description(long number, FuzzCase input, FuzzOutcome outcome, String reason) {
    return "fuzz %s: %s: %s: -Dfuzz.seed=%d -Dfuzz.case=%d%n%s%n"
        .formatted(target, input.kind(), outcome, SEED, number, reason);
  }

  private Result read(Path file, Reader reader) throws Exception {
    ResidentMemory memory = ResidentMemory.mark();
    Thread[] at = new Thread[1];
    long[] heap = new long[1];
    Throwable[] thrown = new Throwable[1];
    boolean[] accepted = new boolean[1];
    Future<?> future =
        thread.submit(
            () -> {
              at[0] = Thread.currentThread();
              heap[0] = Hostile.allocated(() -> call(file, reader, accepted, thrown));
              return null;
            });
    try {
      future.get(Hostile.SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      String stack = List.of(at[0].getStackTrace()).toString().replace(", ", "\n");
      future.cancel(true);
      thread.shutdownNow();
      thread = worker();
      return new Result(FuzzOutcome.HANG, stack);
    } catch (ExecutionException e) {
      thrown[0] = e.getCause();
    }
    long bytes = Math.max(heap[0], memory.grown() - heap[0]);
    if (bytes > Hostile.BYTES
        || thrown[0] instanceof OutOfMemoryError
        || (thrown[0] != null && NativeMemoryException.isCauseOf(thrown[0]))) {
      return new Result(FuzzOutcome.OUT_OF_MEMORY, (bytes >> 20) + " MiB\n" + trace(thrown[0]));
    }
    if (thrown[0] == null) {
      return new Result(accepted[0] ? FuzzOutcome.ACCEPTED : FuzzOutcome.CLEAR_ERROR, "");
    }
    Optional<List<String>> lines = refusals.lines(thrown[0]);
    if (lines.isEmpty()) {
      return new Result(FuzzOutcome.UNEXPECTED, trace(thrown[0]));
    }
    boolean clear =
        !lines.get().isEmpty() && lines.get().stream().allMatch(line -> isClear(line, file));
    return new Result(
        clear ? FuzzOutcome.CLEAR_ERROR : FuzzOutcome.UNCLEAR, clear ? "" : trace(thrown[0]));
  }

  private static void call(Path file, Reader reader, boolean[] accepted, Throwable[] thrown) {
    try {
      accepted[0] = reader.read(file);
    } catch (Throwable e) {
      thrown[0] = e;
    }
  }

  private static boolean isClear(String line, Path file) {
    // The message may name a file that the reader has created next to the input.
    return (line.contains(file.getFileName().toString()) || line.contains(file.getParent() + "/"))
        && line.length() <= LONGEST_LINE
        && !line.stripTrailing().endsWith(":")
        && !line.endsWith("file: null")
        && !JAVA.matcher(line).find()
        && !CONTROL.matcher(line).find();
  }

  private static String trace(Throwable error) {
    if (error == null) {
      return "";
    }
    StringWriter text = new StringWriter();
    error.printStackTrace(new PrintWriter(text, true));
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    return new String(bytes, 0, Math.min(bytes.length, 20_000), StandardCharsets.UTF_8);
  }

  private int count(FuzzOutcome outcome) {
    return table.values().stream().mapToInt(counts -> counts.getOrDefault(outcome, 0)).sum();
  }

  private String table() {
    StringBuilder text = new StringBuilder();
    text.append("| ").append(target).append(" (seed ").append(SEED).append(") | cases |");
    for (FuzzOutcome outcome : FuzzOutcome.values()) {
      text.append(' ').append(outcome).append(" |");
    }
    text.append("\n|---|").append("---|".repeat(FuzzOutcome.values().length + 1)).append('\n');
    table.forEach(
        (kind, counts) -> {
          int all = counts.values().stream().mapToInt(Integer::intValue).sum();
          text.append("| ").append(kind).append(" | ").append(all).append(" |");
          for (FuzzOutcome outcome : FuzzOutcome.values()) {
            text.append(' ').append(counts.getOrDefault(outcome, 0)).append(" |");
          }
          text.append('\n');
        });
    return text.toString();
  }
}
