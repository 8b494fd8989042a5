package io.latentsync.job.request;

import io.latentsync.job.storage.Location;
import io.latentsync.model.bundle.ModelBundle;
import io.latentsync.model.render.RenderOptions;
import java.io.Serializable;

/**
 * One video to dub, and how.
 *
 * @param id what it is called in messages and results
 * @param video the talking head
 * @param audio the new speech
 * @param output the video to write
 * @param models what to load
 * @param faces how to find faces and which to dub
 * @param rendering how to make the pictures
 * @param sync how well the lips are to follow the speech
 * @param onDamaged what becomes of damaged inputs
 * @param provenance whether the output is marked as partly generated, with a file beside it that
 *     says what it was made of
 * @param segmentFrames frames that a task renders, made up to whole chunks
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
    boolean provenance,
    int segmentFrames)
    implements Serializable {

  /** Fails if the inputs are damaged; the output is marked. */
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
        true,
        segmentFrames);
  }

  /** Without demands on the lips. */
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
