package io.latentsync.job.synthesis;

import io.latentsync.job.provenance.DubbedFrames;
import io.latentsync.job.stage.Loudness;
import io.latentsync.job.stage.Plan;
import io.latentsync.model.render.SilencePolicy;
import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import io.latentsync.timeline.FrameSchedule;
import io.latentsync.timeline.FrameWeights;
import io.latentsync.timeline.KeptRanges;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * The new lips of a speaker: one layer, and with {@link SilencePolicy#REST} a second one for
 * silence.
 *
 * @param face the speaker's face
 * @param layers in the order of blending
 */
public record FaceLayers(FollowedFace face, List<LipLayer> layers) implements Serializable {

  /** The mouth rests below this share of the range between its closed and its open state. */
  private static final float RESTING = 0.25f;

  /** The closed and the open state are these percentiles of the mouth's opening. */
  private static final double CLOSED = 0.05;

  private static final double OPEN = 0.95;

  /**
   * The lips of a speaker.
   *
   * @param loudness of the speech
   */
  public static FaceLayers of(FollowedFace face, Loudness loudness, Plan plan) {
    return of(
        face,
        plan.request().rendering().silence(),
        loudness.speech(),
        plan.schedule(),
        plan.video().frameRate());
  }

  /**
   * The lips of a speaker.
   *
   * @param speech frames of the dubbed video with speech
   */
  static FaceLayers of(
      FollowedFace face,
      SilencePolicy policy,
      BitSet speech,
      FrameSchedule schedule,
      FrameRate rate) {
    int frames = schedule.frames();
    FrameWeights dubbed = FrameWeights.outside(face.speaker().kept(), rate, frames);
    if (policy == SilencePolicy.RENDER) {
      return new FaceLayers(face, List.of(new LipLayer(face.matrices(), dubbed, new int[0])));
    }
    BitSet silent = (BitSet) speech.clone();
    silent.flip(0, frames);
    int[] references = new int[0];
    if (policy == SilencePolicy.KEEP) {
      keepResting(face, schedule, silent);
    } else {
      references = references(face, schedule);
      for (int frame = 0; frame < frames; frame++) {
        if (references[frame] < 0) {
          silent.clear(frame);
        }
      }
    }
    float[] rest = fades(silent, frames);
    float[] base = new float[frames];
    for (int frame = 0; frame < frames; frame++) {
      float weight = dubbed.at(frame);
      // The rest is blended over the base: together they have the weight of the dubbed face.
      float restWeight = policy == SilencePolicy.REST ? weight * rest[frame] : 0;
      base[frame] = rest[frame] == 1 ? 0 : weight * (1 - rest[frame]) / (1 - restWeight);
      rest[frame] = restWeight;
    }
    List<LipLayer> layers = new ArrayList<>();
    layers.add(new LipLayer(face.matrices(), new FrameWeights(base), new int[0]));
    if (policy == SilencePolicy.REST) {
      layers.add(new LipLayer(face.matrices(), new FrameWeights(rest), references));
    }
    return new FaceLayers(face, layers);
  }

  /** Removes the frames in which the source's mouth does not rest or is not measured. */
  private static void keepResting(FollowedFace face, FrameSchedule schedule, BitSet silent) {
    float[] mouths = face.mouths();
    float[] measured = new float[mouths.length];
    int count = 0;
    for (float mouth : mouths) {
      if (!Float.isNaN(mouth)) {
        measured[count++] = mouth;
      }
    }
    Arrays.sort(measured, 0, count);
    float closed = count == 0 ? 0 : measured[(int) (CLOSED * (count - 1))];
    float open = count == 0 ? 0 : measured[(int) (OPEN * (count - 1))];
    float limit = closed + RESTING * (open - closed);
    for (int frame = 0; frame < schedule.frames(); frame++) {
      // A comparison with NaN is false.
      if (!(mouths[schedule.source(frame)] <= limit)) {
        silent.clear(frame);
      }
    }
  }

  /** The source frame of its shot with the most closed mouth, for each frame; −1 for none. */
  private static int[] references(FollowedFace face, FrameSchedule schedule) {
    int[] ofSource = new int[schedule.framesUsed()];
    Arrays.fill(ofSource, -1);
    for (FrameRange shot : schedule.shots().ranges(ofSource.length)) {
      Arrays.fill(ofSource, shot.first(), shot.end(), mostClosed(face, shot.first(), shot.end()));
    }
    int[] references = new int[schedule.frames()];
    for (int frame = 0; frame < references.length; frame++) {
      references[frame] = ofSource[schedule.source(frame)];
    }
    return references;
  }

  /** The frame whose mouth and both neighbours' are most closed; −1 if no mouth is measured. */
  private static int mostClosed(FollowedFace face, int first, int end) {
    int best = -1;
    float least = Float.POSITIVE_INFINITY;
    for (int frame = first; frame < end; frame++) {
      float widest = Float.NEGATIVE_INFINITY;
      for (int near = Math.max(first, frame - 1); near < Math.min(end, frame + 2); near++) {
        // NaN if one of the three is not measured.
        widest = Math.max(widest, face.mouths()[near]);
      }
      if (widest < least && face.matrices().get(frame).isPresent()) {
        least = widest;
        best = frame;
      }
    }
    return best;
  }

  /**
   * 1 in the silent frames, with fades of {@link KeptRanges#FADE} frames inside each silence,
   * except at the beginning and end of the video.
   */
  private static float[] fades(BitSet silent, int frames) {
    float[] weights = new float[frames];
    for (int first = silent.nextSetBit(0); first >= 0; first = silent.nextSetBit(first)) {
      int end = Math.min(frames, silent.nextClearBit(first));
      for (int frame = first; frame < end; frame++) {
        int before = first == 0 ? Integer.MAX_VALUE : frame - first + 1;
        int after = end == frames ? Integer.MAX_VALUE : end - frame;
        weights[frame] = Math.min(1, (float) Math.min(before, after) / (KeptRanges.FADE + 1));
      }
      first = end;
    }
    return weights;
  }

  /** Whether the lips are re-synthesised in a frame of the dubbed video. */
  private boolean isDubbed(int frame, Plan plan) {
    return layers.stream().anyMatch(layer -> layer.isIn(frame, plan.schedule()));
  }

  /** The frames of the dubbed video in which the lips are re-synthesised. */
  public DubbedFrames frames(Plan plan) {
    return new DubbedFrames(
        face.speaker().name(),
        face.speaker().speech(),
        FrameRange.where(plan.schedule().frames(), frame -> isDubbed(frame, plan)));
  }

  /**
   * The openings of the mouths in a segment, speaker after speaker: of the layers of each speaker,
   * the opening of the last one that has a value.
   *
   * @param ofLayers openings of all layers, layer after layer; empty if not measured
   * @param frames of the segment
   */
  static List<Float> openings(List<FaceLayers> faces, List<Float> ofLayers, int frames) {
    if (ofLayers.isEmpty()) {
      return ofLayers;
    }
    List<Float> openings = new ArrayList<>();
    int layer = 0;
    for (FaceLayers lips : faces) {
      List<Float> merged = new ArrayList<>(ofLayers.subList(layer * frames, (layer + 1) * frames));
      for (int i = 1; i < lips.layers().size(); i++) {
        List<Float> above = ofLayers.subList((layer + i) * frames, (layer + i + 1) * frames);
        for (int frame = 0; frame < frames; frame++) {
          if (!above.get(frame).isNaN()) {
            merged.set(frame, above.get(frame));
          }
        }
      }
      layer += lips.layers().size();
      openings.addAll(merged);
    }
    return openings;
  }
}
