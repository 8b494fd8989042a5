package io.latentsync.face.align;

import io.latentsync.face.detect.FaceMesh;
import io.latentsync.face.detect.FaceModel;
import io.latentsync.image.PixelRectangle;
import io.latentsync.image.RgbImage;
import io.latentsync.image.RgbPart;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Measures how far a mouth is open: the mean distance between the inner lips across the middle of
 * the mouth, on MediaPipe's face mesh, as a share of the distance between the outer corners of the
 * eyes. About 0 for closed lips, 0.3 and more for a mouth wide open.
 *
 * <p>The face's region comes from its alignment, not from detection. So one pass of the mesh
 * suffices, and a badly synthesised mouth cannot move the region. The value is a function of the
 * picture and its matrix. Owns native memory; not thread-safe.
 */
public final class MouthOpening implements AutoCloseable {
  private final FaceTemplate template;
  private final FaceMesh mesh;

  private MouthOpening(FaceTemplate template) {
    this.template = template;
    this.mesh = new FaceMesh();
  }

  /**
   * Loads the mesh; empty if this build does not have it.
   *
   * @param template what the faces are aligned to
   */
  public static Optional<MouthOpening> open(FaceTemplate template) {
    return FaceModel.MESH.available() ? Optional.of(new MouthOpening(template)) : Optional.empty();
  }

  /** Measures the mouth in a whole picture; see {@link #measure(RgbPart, AffineMatrix)}. */
  public OptionalDouble measure(RgbImage picture, AffineMatrix face) {
    return measure(RgbPart.whole(picture), face);
  }

  /**
   * Measures the mouth of one face.
   *
   * @param picture the part of any picture that contains the {@link #area}
   * @param face the map from the picture to the template
   * @return the opening; empty if the mesh finds no face in the region
   */
  public OptionalDouble measure(RgbPart picture, AffineMatrix face) {
    return mesh.findIn(picture, template.region(face))
        .map(found -> OptionalDouble.of(found.mouthOpening()))
        .orElseGet(OptionalDouble::empty);
  }

  /**
   * The pixels that a measurement depends on.
   *
   * @param picture all pixels of the picture
   */
  public PixelRectangle area(AffineMatrix face, PixelRectangle picture) {
    return FaceMesh.area(template.region(face), picture);
  }

  @Override
  public void close() {
    mesh.close();
  }
}
