package io.latentsync.job.bench;

import io.latentsync.job.cli.DubCommand;
import io.latentsync.job.cli.ProbeCommand;
import io.latentsync.job.cli.UserCommand;
import io.latentsync.job.failure.ExitCode;
import io.latentsync.testing.NanoModels;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.commons.io.FileUtils;

/**
 * Probes and dubs hundreds of combinations of containers, codecs, picture and sound formats, rates,
 * rotations, lengths and damage, in this process, with small networks and few steps. Each result
 * must be right, or the input refused with one line. A benchmark, not a test; {@code
 * deploy/bench/odd-inputs} runs it.
 */
public final class OddInputs {
  private static final int LIMIT_SECONDS = 20;

  /** Damaged files are dubbed as far as they can be decoded. */
  private static final String ANY_DAMAGE = "--on_damaged=warn";

  /** Maximum duration of a run; a longer one would block the others. */
  private static final int TIMEOUT_SECONDS = 100;

  private static final int MOST_LINES = 3;
  private static final Pattern FRAMES = Pattern.compile("(?m)^output +(\\d+) frames");

  /** Stack traces and qualified names of Java's types. */
  private static final Pattern JAVA =
      Pattern.compile("(?m)^\\s+at [\\w.$/]+\\(|\\b(?:[a-z]\\w*\\.){2,}\\w*(?:Exception|Error)\\b");

  private enum Verdict {
    RIGHT("right"),
    REFUSED("refused"),
    WRONG("WRONG"),
    NOT_MADE("not made");

    private final String word;

    Verdict(String word) {
      this.word = word;
    }
  }

  private record Result(Verdict verdict, String text) {}

  /** The result of a command. */
  private record Run(int code, String out, String errors, double seconds) {
    /** The error lines of the command, without notices and progress. */
    List<String> explanation(String command) {
      return errors.lines().filter(line -> line.startsWith(command + ": ")).toList();
    }
  }

  private final Path folder;
  private final OddInputMaker maker;
  private final List<String> model;
  private final PrintStream console = System.out;
  private final Map<Verdict, Integer> counts = new EnumMap<>(Verdict.class);
  private final ExecutorService worker = Executors.newSingleThreadExecutor();

  private OddInputs(Path folder, long seed) throws IOException {
    this.folder = folder;
    this.maker = new OddInputMaker(Files.createDirectories(folder.resolve("inputs")), seed);
    this.model = new NanoModels(Files.createDirectories(folder.resolve("models"))).options();
  }

  /**
   * Tests all inputs.
   *
   * @param arguments a folder for the files, the seed, and the numbers of the inputs; all if none
   */
  public static void main(String[] arguments) throws Exception {
    OddInputs bench =
        new OddInputs(
            Files.createDirectories(Path.of(arguments[0])).toAbsolutePath(),
            Long.parseLong(arguments[1]));
    Set<Integer> numbers =
        Stream.of(arguments).skip(2).map(Integer::valueOf).collect(Collectors.toSet());
    System.exit(bench.test(numbers) ? ExitCode.DONE.code() : ExitCode.FAILED.code());
  }

  private boolean test(Set<Integer> numbers) throws Exception {
    List<OddInput> inputs = maker.draw();
    // The files that the first run unpacks stay until the process ends.
    dub(maker.plain(), maker.speech(), outputs().resolve("first.mp4"), "--fps=25");
    FileUtils.cleanDirectory(outputs().toFile());
    for (int number = 1; number <= inputs.size(); number++) {
      if (!numbers.isEmpty() && !numbers.contains(number)) {
        continue;
      }
      OddInput input = inputs.get(number - 1);
      // Printed before the work, so that the log of a crash ends with what caused it.
      console.printf("%3d %s: ", number, input);
      console.flush();
      Result result = test(input, number);
      counts.merge(result.verdict(), 1, Integer::sum);
      console.printf("%s%s%n", result.verdict().word, result.text());
    }
    console.println(
        Stream.of(Verdict.values())
            .map(verdict -> "%d %s".formatted(counts.getOrDefault(verdict, 0), verdict.word))
            .collect(Collectors.joining(", ", "", " of " + inputs.size())));
    return !counts.containsKey(Verdict.WRONG);
  }

  private Result test(OddInput input, int number) throws Exception {
    Path file;
    try {
      file = maker.make(input, number);
    } catch (IllegalStateException e) {
      return new Result(Verdict.NOT_MADE, ": " + e.getMessage());
    }
    Path video = input.hasPictures() ? file : maker.plain();
    Path speech = input.hasSound() ? file : maker.speech();
    Path outputs = outputs();
    Path output = outputs.resolve("dubbed." + input.output());
    String fps = "--fps=" + (input.sourceRate() ? "source" : "25");
    List<String> temporary = files(Path.of(System.getProperty("java.io.tmpdir")));
    Run probe;
    Run dub;
    try {
      probe = run(new ProbeCommand(), video.toString(), speech.toString(), fps, ANY_DAMAGE);
      dub = dub(video, speech, output, fps);
    } catch (TimeoutException e) {
      console.printf("WRONG: still working after %d s%n", TIMEOUT_SECONDS);
      System.exit(ExitCode.FAILED.code());
      throw e;
    }
    List<String> problems = new ArrayList<>();
    problems.addAll(problems("probe", probe));
    problems.addAll(problems("dub", dub));
    if (!input.isDamaged() && (probe.out() + dub.out()).contains("is damaged: ")) {
      problems.add("an intact file is reported as damaged");
    }
    if (probe.code() != dub.code()) {
      problems.add("probe ends with %d, dub with %d".formatted(probe.code(), dub.code()));
    }
    List<String> left = files(Path.of(System.getProperty("java.io.tmpdir")));
    left.removeAll(temporary);
    left.addAll(files(outputs));
    left.remove(output.getFileName().toString());
    left.remove(output.getFileName() + ".provenance.json");
    if (!left.isEmpty()) {
      problems.add("left behind: " + left);
    }
    if (dub.code() != ExitCode.DONE.code() && Files.exists(output)) {
      problems.add("an output in spite of the error");
    }
    if (problems.isEmpty() && dub.code() == ExitCode.DONE.code()) {
      problems.addAll(check(input, output, video, speech, probe));
    }
    String text =
        String.format(Locale.ROOT, " (%.1f s + %.1f s)", probe.seconds(), dub.seconds())
            + digest(output)
            + explained(dub);
    FileUtils.cleanDirectory(outputs.toFile());
    if (!problems.isEmpty()) {
      return new Result(Verdict.WRONG, text + ": " + String.join("; ", problems));
    }
    return new Result(dub.code() == ExitCode.DONE.code() ? Verdict.RIGHT : Verdict.REFUSED, text);
  }

  /** The beginning of the output's SHA-256, so that the bytes of two runs can be compared. */
  private static String digest(Path output) throws IOException {
    if (!Files.exists(output)) {
      return "";
    }
    try (InputStream bytes = Files.newInputStream(output)) {
      return " sha256 " + DigestUtils.sha256Hex(bytes).substring(0, 12);
    }
  }

  private static String explained(Run dub) {
    String lines = String.join(" / ", dub.explanation("dub"));
    return lines.isEmpty() ? "" : " " + lines;
  }

  private List<String> check(OddInput input, Path output, Path video, Path speech, Run probe)
      throws IOException {
    Matcher promised = FRAMES.matcher(probe.out());
    if (!promised.find()) {
      return List.of("probe says no number of frames");
    }
    try {
      return new DubbedVideoCheck(folder)
          .problems(output, video, speech, Integer.parseInt(promised.group(1)), input);
    } catch (IllegalStateException e) {
      return List.of(e.getMessage());
    }
  }

  /** The faults of a run's output lines and exit code. */
  private static List<String> problems(String command, Run run) {
    List<String> problems = new ArrayList<>();
    int lines = run.explanation(command).size();
    if (run.code() != ExitCode.DONE.code() && run.code() != ExitCode.INVALID_INPUT.code()) {
      problems.add("%s ends with %d: %s".formatted(command, run.code(), run.errors()));
    }
    if (run.code() == ExitCode.INVALID_INPUT.code() && (lines < 1 || lines > MOST_LINES)) {
      problems.add("%s explains itself in %d lines: %s".formatted(command, lines, run.errors()));
    }
    if (JAVA.matcher(run.errors()).find()) {
      problems.add("%s shows Java: %s".formatted(command, run.errors()));
    }
    if (run.seconds() > LIMIT_SECONDS) {
      problems.add(String.format(Locale.ROOT, "%s takes %.1f s", command, run.seconds()));
    }
    return problems;
  }

  private Path outputs() throws IOException {
    return Files.createDirectories(folder.resolve("outputs"));
  }

  private Run dub(Path video, Path speech, Path output, String fps)
      throws InterruptedException, ExecutionException, TimeoutException {
    Stream<String> files =
        Stream.of("--video_path=" + video, "--audio_path=" + speech, "--video_out_path=" + output);
    return run(
        new DubCommand(),
        Stream.of(files, model.stream(), Stream.of("--inference_steps=2", fps, ANY_DAMAGE))
            .flatMap(options -> options)
            .toArray(String[]::new));
  }

  /** Runs a command with its output kept. */
  private Run run(UserCommand command, String... arguments)
      throws InterruptedException, ExecutionException, TimeoutException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream errors = new ByteArrayOutputStream();
    PrintStream outBefore = System.out;
    PrintStream errorsBefore = System.err;
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
    try {
      long start = System.nanoTime();
      IntSupplier work = () -> UserCommand.run(command, arguments);
      Future<Integer> code = worker.submit(work::getAsInt);
      int result = code.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      return new Run(
          result,
          out.toString(StandardCharsets.UTF_8),
          errors.toString(StandardCharsets.UTF_8),
          (System.nanoTime() - start) / 1e9);
    } finally {
      System.setOut(outBefore);
      System.setErr(errorsBefore);
    }
  }

  private static List<String> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .collect(Collectors.toCollection(ArrayList::new));
    }
  }
}
