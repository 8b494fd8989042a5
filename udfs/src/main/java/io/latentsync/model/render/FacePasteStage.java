package io.latentsync.model.render;

import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.align.MouthOpening;
import io.latentsync.face.align.Resampling;
import io.latentsync.face.blend.Blend;
import io.latentsync.face.blend.DetailTransfer;
import io.latentsync.face.blend.FacePaster;
import io.latentsync.face.blend.FacePatch;
import io.latentsync.face.blend.Mask;
import io.latentsync.face.blend.SeamlessFit;
import io.latentsync.image.OpenCvThreads;
import io.latentsync.image.PixelRectangle;
import io.latentsync.image.RgbImage;
import io.latentsync.image.RgbPart;
import io.latentsync.media.video.PictureScaler;
import io.latentsync.media.video.VideoFrame;
import java.util.List;
import java.util.Optional;

/**
 * Pastes the new faces of a batch into its frames and measures the mouth openings in the finished
 * frames. Not thread-safe.
 */
final class FacePasteStage implements AutoCloseable {
  private final FaceTemplate template;
  private final FacePaster paster;
  private final Optional<SeamlessFit> fit;
  private final Optional<DetailTransfer> detail;
  private final Optional<MouthOpening> mouth;
  private final PictureScaler scaler = new PictureScaler();

  /**
   * A stage for consecutive batches.
   *
   * @param mask of the faces
   * @param resampling as the faces were cropped
   * @param template template of the aligned face
   */
  FacePasteStage(Mask mask, Blend blend, Resampling resampling, FaceTemplate template) {
    OpenCvThreads.useOne();
    this.template = template;
    this.paster = new FacePaster(template, resampling);
    this.fit = blend == Blend.SEAMLESS ? Optional.of(new SeamlessFit(mask)) : Optional.empty();
    this.detail =
        resampling == Resampling.TEXTURED
            ? Optional.of(new DetailTransfer(template.resolution()))
            : Optional.empty();
    this.mouth = MouthOpening.open(template);
  }

  /** Whether this build can measure mouth openings. If not, all openings are NaN. */
  boolean measuresMouths() {
    return mouth.isPresent();
  }

  /**
   * Pastes each face into a frame. A frame without a detected face or of a kept range stays
   * unchanged. Where several faces of a frame overlap, a pixel changes only for the face with the
   * nearest mouth.
   *
   * @param frame of the batch
   */
  void paste(ChunkBatch batch, int frame) {
    List<FaceChunks> dubbed = batch.faces.stream().filter(face -> face.isDubbed(frame)).toList();
    if (!dubbed.isEmpty()) {
      paste(batch.frames.get(frame), frame, dubbed);
    }
  }

  private void paste(VideoFrame picture, int frame, List<FaceChunks> dubbed) {
    // Converted to RGB again, because stored RGB pictures would take most of a batch's memory.
    RgbPart before = picture.toRgb(area(picture, frame, dubbed), scaler);
    RgbPart after = before.copy();
    PixelRectangle all = PixelRectangle.EMPTY;
    for (FaceChunks face : dubbed) {
      RgbPart under = dubbed.size() == 1 ? before : after.copy();
      PixelRectangle changed = paster.paste(after, patch(face, frame), face.matrix(frame));
      MouthTerritory territory = MouthTerritory.of(face, dubbed, frame, template);
      if (territory.isShared()) {
        restore(under, after, changed, territory);
      }
      if (face.share[frame] < 1) {
        mix(under, after, changed, face.share[frame]);
      }
      all = all.union(changed);
    }
    picture.paste(before, after, all);
    if (mouth.isPresent()) {
      for (FaceChunks face : dubbed) {
        face.opening[frame] =
            (float) mouth.get().measure(after, face.matrix(frame)).orElse(Double.NaN);
      }
    }
  }

  /** The pixels that the pasting of all faces and the measurements of their mouths need. */
  private PixelRectangle area(VideoFrame picture, int frame, List<FaceChunks> dubbed) {
    PixelRectangle all = new PixelRectangle(0, 0, picture.shownWidth(), picture.shownHeight());
    PixelRectangle area = PixelRectangle.EMPTY;
    for (FaceChunks face : dubbed) {
      area = area.union(paster.area(face.matrix(frame), all));
      if (mouth.isPresent()) {
        area = area.union(mouth.get().area(face.matrix(frame), all));
      }
    }
    return area;
  }

  private FacePatch patch(FaceChunks face, int frame) {
    int crop = face.crop(frame);
    float[] made = face.faces[crop];
    RgbImage source = face.crops.get(crop);
    FacePatch patch = fit.map(seamless -> seamless.fit(source, made)).orElse(FacePatch.whole(made));
    return detail.map(transfer -> transfer.to(patch, source)).orElse(patch);
  }

  /** Restores the changed pixels that belong to another face. */
  private static void restore(
      RgbPart before, RgbPart after, PixelRectangle changed, MouthTerritory territory) {
    for (int y = changed.y0(); y < changed.y1(); y++) {
      for (int x = changed.x0(); x < changed.x1(); x++) {
        if (!territory.contains(x, y)) {
          int pixel = after.index(x, y);
          System.arraycopy(before.pixels().pixels(), pixel, after.pixels().pixels(), pixel, 3);
        }
      }
    }
  }

  /** Blends the changed pixels with those of the source frame, for a fade. */
  private static void mix(RgbPart before, RgbPart after, PixelRectangle changed, float share) {
    byte[] from = before.pixels().pixels();
    byte[] to = after.pixels().pixels();
    for (int y = changed.y0(); y < changed.y1(); y++) {
      int end = after.index(changed.x1(), y);
      for (int i = after.index(changed.x0(), y); i < end; i++) {
        int source = from[i] & 0xff;
        int face = to[i] & 0xff;
        to[i] = (byte) Math.round(source + share * (face - source));
      }
    }
  }

  @Override
  public void close() {
    mouth.ifPresent(MouthOpening::close);
    scaler.close();
  }
}
