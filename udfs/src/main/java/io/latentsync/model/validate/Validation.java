package io.latentsync.model.validate;

import io.latentsync.media.video.EncoderOptions;
import io.latentsync.media.video.FrameState;
import io.latentsync.media.video.LumaDifference;
import io.latentsync.model.sync.SyncMeasure;
import io.latentsync.model.sync.SyncReport;
import io.latentsync.text.Printable;
import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * How good a finished output is, as far as this can be measured.
 *
 * @param frames number of decoded frames
 * @param psnr of the luma outside the new faces against the source, in dB, at most 100; NaN if all
 *     is inside
 * @param lowestPsnr the same of the worst segment
 * @param borders steps at borders
 * @param silence the mouth while the speech is silent, of several people the most open one; empty
 *     if it cannot be measured
 * @param findings what a person should look at, one sentence each
 */
public record Validation(
    int frames,
    double psnr,
    double lowestPsnr,
    List<BorderSteps> borders,
    Optional<SilentLips> silence,
    List<String> findings) {
  /** The least PSNR outside the faces that is no finding at crf 18, in dB. */
  private static final double LEAST_PSNR = 42;

  private static final int USUAL_CRF = EncoderOptions.DEFAULT.crf();

  /** The least correlation of lips and speech at lag 0 that is no finding. */
  public static final double LEAST_CORRELATION = 0.2;

  /** The correlation of a shorter video is imprecise. */
  private static final double LEAST_SECONDS = 10;

  /**
   * What is known about an output besides its pictures.
   *
   * @param rate of the frames
   * @param segments parts whose values are looked at one by one
   * @param borders the frames that follow a border
   * @param newLips frames with new lips
   * @param crf of the encoder; a larger one than 18 lowers the least PSNR by 1 dB a step
   * @param speakers the dubbed people, with their speeches
   */
  public record Facts(
      FrameRate rate,
      List<FrameRange> segments,
      Map<BorderSteps.Kind, BitSet> borders,
      BitSet newLips,
      int crf,
      List<Speaker> speakers) {
    private double leastPsnr() {
      return LEAST_PSNR - Math.max(0, crf - USUAL_CRF);
    }
  }

  /**
   * The mouth of a dubbed person.
   *
   * @param name for findings; empty for the only one
   * @param openings of the mouth by frame; NaN where it was not measured
   * @param envelope of the speech by frame
   * @param sync of lips and speech, if it was measured
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  public record Speaker(
      String name, float[] openings, float[] envelope, Optional<SyncReport> sync) {
    private String named(String finding) {
      return name.isEmpty() ? finding : Printable.value(name) + ": " + finding;
    }
  }

  /** The number of frames that could not be decoded without errors. */
  public static int damaged(List<FrameMeasure> measures) {
    return (int) measures.stream().filter(m -> m.state() != FrameState.INTACT).count();
  }

  /**
   * Judges an output.
   *
   * @param measures of all frames, in order
   */
  public static Validation of(List<FrameMeasure> measures, Facts facts) {
    double psnr = psnr(measures);
    FrameRange worst =
        facts.segments().stream()
            .filter(segment -> Double.isFinite(psnr(measures, segment)))
            .min(Comparator.comparingDouble(segment -> psnr(measures, segment)))
            .orElse(new FrameRange(0, measures.size()));
    double lowest = psnr(measures, worst);
    List<BorderSteps> borders =
        BorderSteps.of(
            measures, facts.borders(), frame -> frame >= 0 && facts.newLips().get(frame));
    List<String> findings = new ArrayList<>();
    if (lowest < facts.leastPsnr()) {
      findings.add(
          format(
              "the picture outside the faces differs from the source: PSNR %.1f dB, in frames %d to"
                  + " %d %.1f dB; at least %.0f is usual",
              psnr, worst.first(), worst.first() + worst.frames() - 1, lowest, facts.leastPsnr()));
    }
    borders.stream()
        .filter(BorderSteps::isVisible)
        .forEach(
            steps ->
                findings.add(
                    format(
                        "the faces jump at borders of %ss: the change is %.2f times that elsewhere,"
                            + " the largest %.2f times the largest elsewhere; at most %.1f is usual",
                        steps.kind(), steps.mean(), steps.largest(), BorderSteps.LIMIT)));
    List<SilentLips> silences = new ArrayList<>();
    for (Speaker speaker : facts.speakers()) {
      SilentLips.of(speaker.openings(), speaker.envelope(), facts.rate())
          .ifPresent(
              lips -> {
                silences.add(lips);
                finding(lips).map(speaker::named).ifPresent(findings::add);
              });
      speaker
          .sync()
          .ifPresent(
              report -> sync(report, facts).stream().map(speaker::named).forEach(findings::add));
    }
    Optional<SilentLips> silence =
        silences.stream().max(Comparator.comparingDouble(SilentLips::share));
    return new Validation(measures.size(), psnr, lowest, borders, silence, List.copyOf(findings));
  }

  private static Optional<String> finding(SilentLips lips) {
    return lips.share() > SilentLips.LIMIT
        ? Optional.of(
            format(
                "the mouth is open while the speech is silent: %.0f %% of its opening in speech, in"
                    + " %d frames; at most %.0f %% is usual",
                100 * lips.share(), lips.frames(), 100 * SilentLips.LIMIT))
        : Optional.empty();
  }

  private static List<String> sync(SyncReport report, Facts facts) {
    List<String> findings = new ArrayList<>();
    boolean isLong = facts.rate().seconds(report.mouths()) >= LEAST_SECONDS;
    report
        .video()
        .filter(
            measure ->
                measure.significant()
                    || (isLong && measure.correlationInPlace() < LEAST_CORRELATION))
        .ifPresent(
            measure ->
                findings.add("the lips do not follow the speech: " + SyncReport.text(measure)));
    List<FrameRange> late =
        facts.segments().stream()
            .filter(s -> report.measure(s.first()).filter(SyncMeasure::significant).isPresent())
            .toList();
    if (!late.isEmpty() && facts.segments().size() > 1) {
      findings.add(
          "in %d of %d segments the lips are early or late, such as in frames %d to %d: %s"
              .formatted(
                  late.size(),
                  facts.segments().size(),
                  late.get(0).first(),
                  late.get(0).first() + late.get(0).frames() - 1,
                  SyncReport.text(report.measure(late.get(0).first()).orElseThrow())));
    }
    return findings;
  }

  private static double psnr(List<FrameMeasure> measures, FrameRange range) {
    return psnr(measures.subList(range.first(), range.first() + range.frames()));
  }

  private static double psnr(List<FrameMeasure> measures) {
    return measures.stream()
        .map(FrameMeasure::outside)
        .reduce(LumaDifference.NONE, LumaDifference::plus)
        .psnr();
  }

  /** The measures in one line. */
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append("%d frames decoded".formatted(frames));
    if (Double.isFinite(psnr)) {
      text.append(format(", PSNR outside the faces %.1f dB", psnr));
      text.append(format(" (worst segment %.1f)", lowestPsnr));
    }
    borders.forEach(steps -> text.append(", ").append(steps.text()));
    silence.ifPresent(
        lips -> text.append(format(", mouth in silence %.0f %% of speech", 100 * lips.share())));
    return text.append(
            findings.isEmpty()
                ? ""
                : ", %d finding%s".formatted(findings.size(), findings.size() == 1 ? "" : "s"))
        .toString();
  }

  private static String format(String text, Object... values) {
    return String.format(Locale.ROOT, text, values);
  }
}
