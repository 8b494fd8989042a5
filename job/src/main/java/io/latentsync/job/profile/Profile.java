package io.latentsync.job.profile;

import com.google.common.math.Stats;
import io.latentsync.job.metrics.GpuUse;
import io.latentsync.job.metrics.RunMeasures;
import io.latentsync.job.metrics.StageUse;
import io.latentsync.model.estimate.OperatorTrial;
import io.latentsync.trace.Span;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * The use of time and memory by a request. The first run takes longer than the others because it
 * loads the models and warms up.
 *
 * @param request the request's id
 * @param output the dubbed video
 * @param frames number of frames of the dubbed video
 * @param runs number of runs; each starts without intermediate files
 * @param sameOutput whether all runs wrote identical bytes
 * @param totalSeconds wall time of all stages
 * @param stages stages, in order
 * @param parts the tasks' spans and their nested spans, in order of start
 * @param steps denoising steps, in order
 * @param gpus use of NVIDIA GPUs by the stages; empty without GPUs
 * @param operatorSteps number of denoising steps in the operators' times; 0 if there are none
 * @param operators libtorch's operators in one call of each network on the CPU; empty on a GPU
 * @param timeline timeline of the last run
 */
public record Profile(
    String request,
    String output,
    int frames,
    int runs,
    boolean sameOutput,
    Distribution totalSeconds,
    List<StageProfile> stages,
    List<PartProfile> parts,
    List<StepProfile> steps,
    List<GpuUse> gpus,
    int operatorSteps,
    List<OperatorShare> operators,
    Timeline timeline) {
  private static final String STEP = "step";
  private static final double NANOS = 1e9;
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double MIB = 1 << 20;

  /**
   * A stage of the request.
   *
   * @param name the stage's label
   * @param seconds wall time, including the wait for a free core
   * @param machineLoad mean load, by all programs, of the processors of the machines that ran its
   *     tasks, 0 to 1
   * @param processCores mean number of processors used by a process with a task of the stage
   * @param peakHeapMib peak use of one process's Java heap, in MiB; NaN if not measured
   * @param peakResidentMib peak resident size of one process, including native memory, in MiB; NaN
   *     if not measured
   */
  public record StageProfile(
      String name,
      Distribution seconds,
      double machineLoad,
      double processCores,
      double peakHeapMib,
      double peakResidentMib) {}

  /**
   * A repeated part of the tasks' work.
   *
   * @param name name of its spans
   * @param callsPerRun mean number of calls per run
   * @param seconds total time of its calls in a run; simultaneous calls add up
   * @param callMillis mean duration of a call, in ms
   * @param callMillisDeviation standard deviation of the durations of all runs' calls, in ms
   */
  public record PartProfile(
      String name,
      double callsPerRun,
      Distribution seconds,
      double callMillis,
      double callMillisDeviation) {}

  /**
   * A denoising step.
   *
   * @param step 0-based
   * @param calls number of chunks or batches with this step, over all runs
   * @param millis mean duration per run, in ms
   */
  public record StepProfile(int step, int calls, Distribution millis) {}

  /**
   * An operator of libtorch.
   *
   * @param name such as {@code aten::linear}
   * @param calls number of calls
   * @param totalMillis total time in ms, including nested operators
   * @param selfMillis time in ms, excluding nested operators
   * @param share share of the self time of all operators, 0 to 1
   */
  public record OperatorShare(
      String name, long calls, double totalMillis, double selfMillis, double share) {}

  /**
   * Combines runs.
   *
   * @param runs at least one, of the same stages
   * @param operators empty if they were not measured
   */
  public static Profile of(
      String request,
      String output,
      int frames,
      List<RunMeasures> runs,
      Optional<OperatorTrial> operators) {
    List<StageUse> uses = runs.stream().flatMap(run -> run.uses().stream()).toList();
    return new Profile(
        request,
        output,
        frames,
        runs.size(),
        runs.stream().map(RunMeasures::outputSha256).distinct().count() == 1,
        perRun(runs, run -> run.seconds().values().stream().mapToDouble(Double::doubleValue).sum()),
        runs.get(0).seconds().keySet().stream().map(stage -> stage(stage, runs, uses)).toList(),
        parts(runs),
        steps(runs),
        gpus(runs),
        operators.map(OperatorTrial::steps).orElse(0),
        operators.map(Profile::shares).orElse(List.of()),
        Timeline.of(runs.get(runs.size() - 1).spans()));
  }

  private static Distribution perRun(
      List<RunMeasures> runs, ToDoubleFunction<RunMeasures> measure) {
    return Distribution.of(runs.stream().mapToDouble(measure).boxed().toList());
  }

  private static StageProfile stage(String stage, List<RunMeasures> runs, List<StageUse> uses) {
    List<StageUse> own = uses.stream().filter(use -> use.stage().equals(stage)).toList();
    return new StageProfile(
        stage,
        perRun(runs, run -> run.seconds().get(stage)),
        timeWeighted(own, StageUse::machineLoad),
        timeWeighted(own, StageUse::processCores),
        peakMib(own, StageUse::peakHeapBytes),
        peakMib(own, StageUse::peakResidentBytes));
  }

  private static double timeWeighted(List<StageUse> uses, ToDoubleFunction<StageUse> measure) {
    double nanos = uses.stream().mapToDouble(StageUse::nanos).sum();
    return uses.stream().mapToDouble(use -> measure.applyAsDouble(use) * use.nanos()).sum() / nanos;
  }

  private static double peakMib(List<StageUse> uses, ToDoubleFunction<StageUse> bytes) {
    double peak = uses.stream().mapToDouble(bytes).max().orElse(StageUse.NOT_MEASURED);
    return peak == StageUse.NOT_MEASURED ? Double.NaN : peak / MIB;
  }

  private static List<PartProfile> parts(List<RunMeasures> runs) {
    Map<String, List<Span>> byName =
        runs.stream()
            .flatMap(run -> run.spans().stream())
            .filter(span -> span.task() != Span.NONE && !span.name().equals(STEP))
            .sorted(
                Comparator.comparingLong(Span::start)
                    .thenComparing(Comparator.comparingLong(Span::end).reversed()))
            .collect(Collectors.groupingBy(Span::name, LinkedHashMap::new, Collectors.toList()));
    List<PartProfile> parts = new ArrayList<>();
    byName.forEach(
        (name, calls) -> {
          Stats millis = Stats.of(calls.stream().mapToDouble(Profile::millis).toArray());
          parts.add(
              new PartProfile(
                  name,
                  (double) calls.size() / runs.size(),
                  perRun(
                      runs,
                      run ->
                          run.spans().stream()
                              .filter(span -> span.name().equals(name) && span.task() != Span.NONE)
                              .mapToDouble(span -> span.nanos() / NANOS)
                              .sum()),
                  millis.mean(),
                  millis.count() > 1 ? millis.sampleStandardDeviation() : 0));
        });
    return parts;
  }

  private static List<StepProfile> steps(List<RunMeasures> runs) {
    SortedMap<Integer, List<Double>> means = new TreeMap<>();
    SortedMap<Integer, Integer> calls = new TreeMap<>();
    for (RunMeasures run : runs) {
      run.spans().stream()
          .filter(span -> span.name().equals(STEP))
          .collect(Collectors.groupingBy(Span::step, TreeMap::new, Collectors.toList()))
          .forEach(
              (step, taken) -> {
                calls.merge(step, taken.size(), Integer::sum);
                means
                    .computeIfAbsent(step, any -> new ArrayList<>())
                    .add(taken.stream().mapToDouble(Profile::millis).average().orElseThrow());
              });
    }
    List<StepProfile> steps = new ArrayList<>();
    means.forEach(
        (step, ofRuns) ->
            steps.add(new StepProfile(step, calls.get(step), Distribution.of(ofRuns))));
    return steps;
  }

  private static double millis(Span span) {
    return span.nanos() / NANOS_PER_MILLI;
  }

  /** A row for each stage, process and GPU, with mean use and peak memory. */
  private static List<GpuUse> gpus(List<RunMeasures> runs) {
    Map<List<Object>, List<GpuUse>> groups =
        runs.stream()
            .flatMap(run -> run.gpus().stream())
            .collect(
                Collectors.groupingBy(
                    use -> List.of(use.stage(), use.process(), use.index()),
                    LinkedHashMap::new,
                    Collectors.toList()));
    Function<List<GpuUse>, GpuUse> together =
        uses ->
            new GpuUse(
                uses.get(0).stage(),
                uses.get(0).process(),
                uses.get(0).index(),
                uses.get(0).name(),
                uses.stream()
                    .mapToDouble(GpuUse::utilisation)
                    .filter(Double::isFinite)
                    .average()
                    .orElse(Double.NaN),
                uses.stream()
                    .mapToDouble(GpuUse::peakMemoryMib)
                    .filter(Double::isFinite)
                    .max()
                    .orElse(Double.NaN),
                uses.get(0).memoryMib());
    return groups.values().stream().map(together).toList();
  }

  private static List<OperatorShare> shares(OperatorTrial trial) {
    double all = trial.operators().stream().mapToDouble(o -> o.selfMillis()).sum();
    return trial.operators().stream()
        .map(
            o ->
                new OperatorShare(
                    o.name(), o.calls(), o.totalMillis(), o.selfMillis(), o.selfMillis() / all))
        .toList();
  }
}
