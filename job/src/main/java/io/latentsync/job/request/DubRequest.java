package io.latentsync.job.request;

import io.latentsync.job.edit.Edit;
import io.latentsync.job.edit.Speaker;
import io.latentsync.job.storage.Location;
import io.latentsync.model.bundle.ModelBundle;
import io.latentsync.model.render.RenderOptions;
import java.io.Serializable;
import java.util.List;

/**
 * A request: one video and one speech that become one output, with all options.
 *
 * @param id name in messages and results
 * @param video the talking head
 * @param audio the new speech
 * @param output the video to write
 * @param models files of the networks
 * @param faces options of the face detection
 * @param rendering options of the rendering
 * @param sync options of the sync scores
 * @param onDamaged policy for damaged inputs
 * @param finishing what is done with the stitched output
 * @param segmentFrames frames of a segment; the plan rounds them up to whole chunks
 * @param edit speakers, ranges and sound
 */
public record DubRequest(
    String id,
    Location video,
    Location audio,
    Location output,
    ModelBundle models,
    FaceOptions faces,
    RenderOptions rendering,
    SyncOptions sync,
    OnDamaged onDamaged,
    Finishing finishing,
    int segmentFrames,
    Edit edit)
    implements Serializable {

  /** The people who get new lips. */
  public List<Speaker> speakers() {
    return edit.speakers().isEmpty()
        ? List.of(new Speaker("", faces.choice(), audio, rendering.timeline().kept()))
        : edit.speakers().stream()
            .map(speaker -> speaker.keeping(rendering.timeline().kept()))
            .toList();
  }

  /** The speeches of the speakers, each once. */
  public List<Location> speeches() {
    return speakers().stream().map(Speaker::speech).distinct().toList();
  }

  /** The files that make the sound of the output; several are mixed. */
  public List<Location> sounds() {
    return edit.sounds(speeches());
  }

  /** A request that fails if its inputs are damaged, and whose output is marked. */
  public DubRequest(
      String id,
      Location video,
      Location audio,
      Location output,
      ModelBundle models,
      FaceOptions faces,
      RenderOptions rendering,
      SyncOptions sync,
      int segmentFrames) {
    this(
        id,
        video,
        audio,
        output,
        models,
        faces,
        rendering,
        sync,
        OnDamaged.FAIL,
        Finishing.DEFAULT,
        segmentFrames,
        Edit.NONE);
  }

  /** A request without a minimum sync score. */
  public DubRequest(
      String id,
      Location video,
      Location audio,
      Location output,
      ModelBundle models,
      FaceOptions faces,
      RenderOptions rendering,
      int segmentFrames) {
    this(id, video, audio, output, models, faces, rendering, SyncOptions.DEFAULT, segmentFrames);
  }
}
