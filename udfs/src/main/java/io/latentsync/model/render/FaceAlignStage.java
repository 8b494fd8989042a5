package io.latentsync.model.render;

import io.latentsync.face.align.AffineMatrix;
import io.latentsync.face.align.FaceCropper;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.align.Resampling;
import io.latentsync.image.RgbImage;
import io.latentsync.media.video.PictureScaler;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoReader;
import io.latentsync.timeline.FrameSchedule;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Cuts the aligned faces of one dubbed face out of the source's pictures. So its new picture does
 * not depend on other faces.
 */
final class FaceAlignStage implements AutoCloseable {
  private final DubbedFace dubbed;
  private final FaceCropper cropper;
  private final PictureScaler scaler = new PictureScaler();

  /** The aligned faces of the source frames that are the references of others. */
  private final Map<Integer, RgbImage> references = new HashMap<>();

  FaceAlignStage(FaceTemplate template, Resampling resampling, DubbedFace dubbed) {
    this.dubbed = dubbed;
    this.cropper = new FaceCropper(template, resampling);
  }

  /**
   * Aligns the face in the decoded frames of the chunks to dub.
   *
   * @param reader of the source video, for pictures of other frames
   */
  void align(ChunkBatch batch, FaceChunks face, FrameSchedule schedule, VideoReader reader)
      throws IOException, InterruptedException {
    for (int start : face.chunksToDub) {
      for (int i = 0; i < face.length; i++) {
        FramePipeline.stopIfInterrupted();
        // The UNet needs all frames of the chunk: the nearest face replaces a missing one.
        int standIn = start + nearest(face.ofChunk(start), i);
        int crop = face.crops.size();
        face.sources[crop] = schedule.source(batch.first + standIn);
        face.crops.add(crop(batch.frames.get(standIn), face.matrix(standIn)));
        if (!dubbed.isOwnReference()) {
          int reference = dubbed.reference(batch.first + standIn, schedule);
          face.referenceSources[crop] = reference;
          face.references.add(reference(reference, reader));
        }
      }
    }
  }

  private RgbImage crop(VideoFrame picture, AffineMatrix matrix) {
    return cropper.crop(picture.toRgb(cropper.area(matrix), scaler), matrix);
  }

  /** The aligned face of a source frame that is the reference of many frames. */
  private RgbImage reference(int frame, VideoReader reader) throws IOException {
    RgbImage known = references.get(frame);
    if (known == null) {
      try (VideoFrame picture = reader.read(frame)) {
        known = crop(picture, dubbed.matrices().get(frame).orElseThrow());
      }
      references.put(frame, known);
    }
    return known;
  }

  /** The nearest frame with a face; the earlier one of two equally near frames. */
  private static int nearest(List<Optional<AffineMatrix>> found, int frame) {
    for (int distance = 0; ; distance++) {
      for (int candidate : new int[] {frame - distance, frame + distance}) {
        if (candidate >= 0 && candidate < found.size() && found.get(candidate).isPresent()) {
          return candidate;
        }
      }
    }
  }

  @Override
  public void close() {
    scaler.close();
  }
}
