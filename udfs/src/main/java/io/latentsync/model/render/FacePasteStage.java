package io.latentsync.model.render;

import io.latentsync.face.align.AffineMatrix;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.align.MouthOpening;
import io.latentsync.face.blend.Blend;
import io.latentsync.face.blend.FacePaster;
import io.latentsync.face.blend.FacePatch;
import io.latentsync.face.blend.PixelBounds;
import io.latentsync.face.blend.SeamlessFit;
import io.latentsync.image.RgbImage;
import io.latentsync.media.VideoFrame;
import io.latentsync.model.bundle.Models;
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
   * @param template template of the aligned face
   */
  FacePasteStage(Models models, Blend blend, FaceTemplate template) {
    this.template = template;
    this.paster = new FacePaster(template);
    this.fit =
        blend == Blend.SEAMLESS ? Optional.of(new SeamlessFit(models.mask())) : Optional.empty();
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
    for (FaceChunks face : batch.faces) {
      for (int i = 0; i < face.faces.length; i++) {
        FramePipeline.stopIfInterrupted();
        int frame = face.frame(i);
        if (face.isDubbed(frame)) {
          RgbImage source = face.crops.get(i);
          float[] made = face.faces[i];
          FacePatch patch =
              fit.map(seamless -> seamless.fit(source, made)).orElse(FacePatch.whole(made));
          face.opening[frame] =
              paste(
                  batch.frames.get(frame),
                  patch,
                  MouthTerritory.of(face, batch.faces, frame, template),
                  face.share[frame]);
        }
      }
    }
  }

  /** Pastes one face. Returns its mouth opening; NaN if not measured. */
  private float paste(VideoFrame frame, FacePatch face, MouthTerritory territory, float share) {
    // Converted to RGB again, because stored RGB pictures would take most of a batch's memory.
    RgbImage before = frame.toRgb();
    RgbImage after = before.copy();
    AffineMatrix matrix = territory.matrix();
    PixelBounds changed = paster.paste(after, face, matrix);
    if (territory.isShared()) {
      restore(before, after, changed, territory);
    }
    if (share < 1) {
      mix(before, after, changed, share);
    }
    frame.paste(before, after, changed.x0(), changed.y0(), changed.x1(), changed.y1());
    return mouth.isEmpty()
        ? Float.NaN
        : (float) mouth.get().measure(after, matrix).orElse(Double.NaN);
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
