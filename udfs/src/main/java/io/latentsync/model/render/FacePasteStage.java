package io.latentsync.model.render;

import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.align.MouthOpening;
import io.latentsync.face.blend.Blend;
import io.latentsync.face.blend.FacePaster;
import io.latentsync.face.blend.FacePatch;
import io.latentsync.face.blend.Mask;
import io.latentsync.face.blend.PixelBounds;
import io.latentsync.face.blend.SeamlessFit;
import io.latentsync.image.RgbImage;
import io.latentsync.media.VideoFrame;
import java.util.List;
import java.util.Optional;

/**
 * Pastes the new faces of a batch into its frames and measures the mouth openings in the finished
 * frames.
 */
final class FacePasteStage implements AutoCloseable {
  private final FaceTemplate template;
  private final FacePaster paster;
  private final Optional<SeamlessFit> fit;
  private final Optional<MouthOpening> mouth;

  /**
   * A stage for consecutive batches.
   *
   * @param mask of the faces
   * @param template template of the aligned face
   */
  FacePasteStage(Mask mask, Blend blend, FaceTemplate template) {
    this.template = template;
    this.paster = new FacePaster(template);
    this.fit = blend == Blend.SEAMLESS ? Optional.of(new SeamlessFit(mask)) : Optional.empty();
    this.mouth = MouthOpening.open(template);
  }

  /** Whether this build can measure mouth openings. If not, all openings are NaN. */
  boolean measuresMouths() {
    return mouth.isPresent();
  }

  /**
   * Pastes each face into its frame. Frames without a detected face and frames of kept ranges stay
   * unchanged. Where several faces of a frame overlap, a pixel changes only for the face with the
   * nearest mouth.
   *
   * @throws InterruptedException if this thread was interrupted
   */
  void paste(ChunkBatch batch) throws InterruptedException {
    for (int frame = 0; frame < batch.size(); frame++) {
      FramePipeline.stopIfInterrupted();
      int at = frame;
      List<FaceChunks> dubbed = batch.faces.stream().filter(face -> face.isDubbed(at)).toList();
      if (!dubbed.isEmpty()) {
        paste(batch.frames.get(frame), frame, dubbed);
      }
    }
  }

  private void paste(VideoFrame picture, int frame, List<FaceChunks> dubbed) {
    // Converted to RGB again, because stored RGB pictures would take most of a batch's memory.
    RgbImage before = picture.toRgb();
    RgbImage after = before.copy();
    PixelBounds all = PixelBounds.EMPTY;
    for (FaceChunks face : dubbed) {
      RgbImage under = dubbed.size() == 1 ? before : after.copy();
      PixelBounds changed = paster.paste(after, patch(face, frame), face.matrix(frame));
      MouthTerritory territory = MouthTerritory.of(face, dubbed, frame, template);
      if (territory.isShared()) {
        restore(under, after, changed, territory);
      }
      if (face.share[frame] < 1) {
        mix(under, after, changed, face.share[frame]);
      }
      all = all.union(changed);
    }
    picture.paste(before, after, all.x0(), all.y0(), all.x1(), all.y1());
    if (mouth.isPresent()) {
      for (FaceChunks face : dubbed) {
        face.opening[frame] =
            (float) mouth.get().measure(after, face.matrix(frame)).orElse(Double.NaN);
      }
    }
  }

  private FacePatch patch(FaceChunks face, int frame) {
    int crop = face.crop(frame);
    float[] made = face.faces[crop];
    return fit.map(seamless -> seamless.fit(face.crops.get(crop), made))
        .orElse(FacePatch.whole(made));
  }

  /** Restores the changed pixels that belong to another face. */
  private static void restore(
      RgbImage before, RgbImage after, PixelBounds changed, MouthTerritory territory) {
    for (int y = changed.y0(); y < changed.y1(); y++) {
      for (int x = changed.x0(); x < changed.x1(); x++) {
        if (!territory.contains(x, y)) {
          int pixel = 3 * (y * after.width() + x);
          System.arraycopy(before.pixels(), pixel, after.pixels(), pixel, 3);
        }
      }
    }
  }

  /** Blends the changed pixels with those of the source frame, for a fade. */
  private static void mix(RgbImage before, RgbImage after, PixelBounds changed, float share) {
    for (int y = changed.y0(); y < changed.y1(); y++) {
      int end = 3 * (y * after.width() + changed.x1());
      for (int i = 3 * (y * after.width() + changed.x0()); i < end; i++) {
        int source = before.pixels()[i] & 0xff;
        int face = after.pixels()[i] & 0xff;
        after.pixels()[i] = (byte) Math.round(source + share * (face - source));
      }
    }
  }

  @Override
  public void close() {
    mouth.ifPresent(MouthOpening::close);
  }
}
