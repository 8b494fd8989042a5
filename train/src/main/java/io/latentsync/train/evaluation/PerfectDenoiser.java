package io.latentsync.train.evaluation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.latentsync.face.align.AffineMatrix;
import io.latentsync.face.align.FaceCropper;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.blend.FacePaster;
import io.latentsync.face.blend.FacePixels;
import io.latentsync.face.blend.Mask;
import io.latentsync.face.blend.SeamlessFit;
import io.latentsync.face.detect.FaceDetector;
import io.latentsync.image.RgbImage;
import io.latentsync.nn.networks.AutoencoderKl;
import java.util.ArrayList;
import java.util.List;

/**
 * The best result that a model's autoencoder and resolution allow: the true faces are encoded,
 * decoded and blended seamlessly into the undubbed pictures.
 */
public final class PerfectDenoiser implements AutoCloseable {
  private final AutoencoderKl autoencoder;
  private final NDManager manager = NDManager.newBaseManager();
  private final FaceTemplate template;
  private final FaceCropper cropper;
  private final FacePaster paster;
  private final SeamlessFit fit;

  /**
   * Creates a denoiser that returns the true latents.
   *
   * @param autoencoder autoencoder of the model; closed with this
   * @param mask mask of the model's faces
   */
  public PerfectDenoiser(AutoencoderKl autoencoder, Mask mask) {
    this.autoencoder = autoencoder;
    template = new FaceTemplate(mask.resolution());
    cropper = new FaceCropper(template);
    paster = new FacePaster(template);
    fit = new SeamlessFit(mask);
  }

  /**
   * Dubs a clip.
   *
   * @param undubbed the pictures of the clip
   * @param truth the same pictures with the mouths of the new speech
   * @param detector finds the faces of the clip
   */
  List<RgbImage> dub(List<RgbImage> undubbed, List<RgbImage> truth, FaceDetector detector) {
    List<AffineMatrix> matrices = TrackedVideo.of(undubbed, detector, template).matrices();
    List<RgbImage> dubbed = new ArrayList<>();
    for (int i = 0; i < truth.size(); i++) {
      AffineMatrix matrix = matrices.get(i);
      RgbImage frame = undubbed.get(i).copy();
      RgbImage face = cropper.crop(frame, matrix);
      float[] decoded = throughAutoencoder(cropper.crop(truth.get(i), matrix));
      paster.paste(frame, fit.fit(face, decoded), matrix);
      dubbed.add(frame);
    }
    return dubbed;
  }

  private float[] throughAutoencoder(RgbImage face) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray pixels =
          scope.create(FacePixels.of(face), new Shape(1, 3, face.height(), face.width()));
      return autoencoder.decode(autoencoder.encode(pixels).mean()).toFloatArray();
    }
  }

  @Override
  public void close() {
    manager.close();
    autoencoder.close();
  }
}
