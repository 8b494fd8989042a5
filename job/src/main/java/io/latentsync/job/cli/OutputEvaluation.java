package io.latentsync.job.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.latentsync.face.align.AffineMatrix;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.provenance.ProvenanceFile;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.job.spark.ProgressDisplay;
import io.latentsync.job.stage.OutputBorders;
import io.latentsync.job.storage.Location;
import io.latentsync.media.video.Deinterlacing;
import io.latentsync.media.video.EncoderOptions;
import io.latentsync.media.video.FrameRatePolicy;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.model.bundle.ModelConfig;
import io.latentsync.model.render.VisibleLabel;
import io.latentsync.model.sync.SyncEvaluation;
import io.latentsync.model.validate.FrameMeasure;
import io.latentsync.model.validate.OutputComparison;
import io.latentsync.model.validate.Validation;
import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import io.latentsync.timeline.FrameSchedule;
import io.latentsync.timeline.LengthPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/**
 * Compares a dubbed video with its source after the run that made it. The provenance file beside
 * the video, if there is one, says which source frame each frame shows and which frames have new
 * lips; without it all frames with a face have.
 *
 * @param name of the dubbed video
 * @param facts the provenance file; an empty object without one
 */
record OutputEvaluation(Location name, JsonNode facts) {
  /** Resolution of the face template of {@link SyncEvaluation}. */
  private static final FaceTemplate TEMPLATE = new FaceTemplate(256);

  /** Frames of the parts whose PSNR is looked at one by one. */
  private static final int PART_FRAMES = 96;

  /** An evaluation of a video. */
  static OutputEvaluation of(Location output, Configuration configuration) throws IOException {
    JsonMapper json = new JsonMapper();
    Location file = ProvenanceFile.of(output);
    try {
      return new OutputEvaluation(
          output,
          file.exists(configuration)
              ? json.readTree(file.read(configuration))
              : json.createObjectNode());
    } catch (JsonProcessingException e) {
      throw new InvalidInputException(
          "%s: is not a provenance file; remove it, or write the video again".formatted(file), e);
    }
  }

  /** Whether there is a provenance file. */
  boolean isDescribed() {
    return !facts.isEmpty();
  }

  /** The number of speakers in the provenance file; 0 for a video without an edit. */
  int speakers() {
    return facts.path("speakers").size();
  }

  /**
   * Compares the videos.
   *
   * @param video local file of the dubbed video
   * @param original local file of its source
   * @param measured the faces and mouths of the dubbed video, at 25 fps
   * @param progress shows the frames that are done
   * @throws InvalidInputException if the dubbed video lacks frames or cannot be decoded
   */
  Validation compare(
      Path video, Path original, SyncEvaluation.Traces measured, ProgressDisplay progress)
      throws IOException {
    FrameRatePolicy policy = option("fps", FrameRatePolicy.REFERENCE, FrameRatePolicy.values());
    VideoProbe output = VideoProbe.of(video, policy, Deinterlacing.OFF);
    VideoProbe source =
        VideoProbe.of(
            original, policy, option("deinterlace", Deinterlacing.AUTO, Deinterlacing.values()));
    requireFrames(output);
    FrameRate rate = output.frameRate();
    int frames = output.frames();
    FrameSchedule schedule =
        new FrameSchedule(
                source.frames(),
                frames,
                option("syncMode", LengthPolicy.BOUNCE, LengthPolicy.values()))
            .recorded(numbers("cuts"), numbers("turns"));
    BitSet newLips = newLips(frames, rate, measured);
    List<FrameMeasure> measures = new ArrayList<>();
    try (OutputComparison comparison =
        new OutputComparison(
            new OutputComparison.Video(video, output),
            new OutputComparison.Video(original, source),
            schedule::source,
            frame -> face(frame, rate, measured).stream().toList(),
            newLips::get,
            TEMPLATE,
            VisibleLabel.of(facts.path("options").path("label").asText(""), source).stream()
                .map(VisibleLabel::area)
                .toList())) {
      comparison.compare(
          new FrameRange(0, frames),
          measure -> {
            measures.add(measure);
            progress.show(measures.size(), frames);
          });
    }
    int damaged = Validation.damaged(measures);
    if (damaged > 0) {
      throw new InvalidInputException(
          "%s: %d of its %d frames cannot be decoded without errors"
              .formatted(name, damaged, frames));
    }
    boolean usual = rate.equals(FrameRate.REFERENCE);
    return Validation.of(
        measures,
        new Validation.Facts(
            rate,
            FrameRange.cut(frames, PART_FRAMES),
            OutputBorders.of(
                List.of(new FrameRange(0, frames)),
                schedule,
                ModelConfig.DEFAULT_CHUNK_FRAMES,
                newLips),
            newLips,
            facts.path("options").path("crf").asInt(EncoderOptions.DEFAULT.crf()),
            usual
                ? List.of(
                    new Validation.Speaker(
                        "", measured.openings(), measured.envelope(), Optional.empty()))
                : List.of()));
  }

  private void requireFrames(VideoProbe output) throws InvalidInputException {
    int declared = facts.path("output").path("frames").asInt(output.frames());
    if (output.missingFrames() > 0 || output.frames() != declared) {
      throw new InvalidInputException(
          "%s: has %d of %d frames"
              .formatted(
                  name,
                  output.frames() - output.missingFrames(),
                  Math.max(declared, output.frames())));
    }
  }

  private <C> C option(String field, C usual, C[] choices) throws InvalidInputException {
    String value = facts.path("options").path(field).asText(usual.toString());
    return OptionCheck.oneOf(ProvenanceFile.of(name) + ": " + field, value, choices);
  }

  /** Numbers of the output. A hand-made or damaged file must not break the schedule. */
  private List<Integer> numbers(String field) throws InvalidInputException {
    List<Integer> numbers = new ArrayList<>();
    for (JsonNode number : facts.path("output").path(field)) {
      if (!number.canConvertToInt() || number.asInt() < 0) {
        throw new InvalidInputException(
            "%s: output.%s contains %s, but must contain frame numbers"
                .formatted(ProvenanceFile.of(name), field, number));
      }
      numbers.add(number.asInt());
    }
    return numbers;
  }

  private BitSet newLips(int frames, FrameRate rate, SyncEvaluation.Traces measured) {
    BitSet newLips = new BitSet();
    if (isDescribed()) {
      facts
          .path("resynthesised")
          .forEach(
              range -> newLips.set(range.path("first").asInt(), range.path("last").asInt() + 1));
    } else {
      for (int frame = 0; frame < frames; frame++) {
        newLips.set(frame, face(frame, rate, measured).isPresent());
      }
    }
    return newLips;
  }

  private static Optional<AffineMatrix> face(
      int frame, FrameRate rate, SyncEvaluation.Traces measured) {
    double middle = rate.seconds(2L * frame + 1) / 2;
    int at = (int) (middle * FrameRate.REFERENCE.perSecond());
    return measured.matrices().get(Math.min(at, measured.matrices().frames() - 1));
  }
}
