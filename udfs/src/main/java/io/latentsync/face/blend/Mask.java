package io.latentsync.face.blend;

import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.align.Lanczos;
import io.latentsync.image.RgbImage;
import io.latentsync.media.RegularFile;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;

/** Which pixels of an aligned face are kept (1) and which are re-synthesised (0). */
public final class Mask {
  private static final String BUNDLED = "mask.png";

  private final int resolution;
  private final float[] values;

  private Mask(int resolution, float[] values) {
    this.resolution = resolution;
    this.values = values;
  }

  /**
   * A picture as a mask, by its red channel: 255 is kept, 0 re-synthesised, what lies between is
   * soft. It is resized with Lanczos, so that edges are soft too unless it has the size already.
   *
   * @param image any picture
   * @param resolution side of the faces it will be used on, in pixels; a positive multiple of 8
   */
  public static Mask of(RgbImage image, int resolution) {
    int side = new FaceTemplate(resolution).resolution();
    byte[] pixels = Lanczos.resize(image, side, side).pixels();
    float[] values = new float[pixels.length / 3];
    for (int i = 0; i < values.length; i++) {
      values[i] = (pixels[3 * i] & 0xff) / 255f;
    }
    return new Mask(resolution, values);
  }

  /**
   * A picture file, PNG or any other format of OpenCV, as a mask; see {@link #of(RgbImage, int)}.
   *
   * @throws IOException if the file is missing, not a regular file, or not a picture
   */
  public static Mask of(Path file, int resolution) throws IOException {
    Optional<String> fault = RegularFile.fault(file);
    if (fault.isPresent()) {
      throw new IOException("mask picture %s: %s".formatted(file, fault.get()));
    }
    return of(decode(Files.readAllBytes(file), file.toString()), resolution);
  }

  /** The mask that comes with the product: the lower face with the cheeks, without the nose. */
  public static Mask bundled(int resolution) {
    try (InputStream stream = Mask.class.getResourceAsStream(BUNDLED)) {
      if (stream == null) {
        throw new FileNotFoundException(
            "the class path lacks the mask picture io/latentsync/face/blend/" + BUNDLED);
      }
      return of(decode(stream.readAllBytes(), BUNDLED), resolution);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static RgbImage decode(byte[] encoded, String name) throws IOException {
    if (encoded.length == 0) {
      throw new IOException("mask picture " + name + " is empty");
    }
    try (BytePointer bytes = new BytePointer(encoded);
        Mat buffer = new Mat(bytes, false);
        Mat picture = opencv_imgcodecs.imdecode(buffer, opencv_imgcodecs.IMREAD_COLOR)) {
      if (picture.empty()) {
        throw new IOException("mask picture " + name + " is not a picture OpenCV can read");
      }
      opencv_imgproc.cvtColor(picture, picture, opencv_imgproc.COLOR_BGR2RGB);
      RgbImage image = RgbImage.black(picture.cols(), picture.rows());
      picture.data().get(image.pixels());
      return image;
    }
  }

  /** Side of the square, in pixels. */
  public int resolution() {
    return resolution;
  }

  /** {@code [resolution, resolution]}, 0…1; a copy. */
  public float[] values() {
    return values.clone();
  }

  /**
   * The mask on the latent grid, {@code [resolution / 8, resolution / 8]}: every eighth value
   * (PyTorch's nearest neighbour).
   */
  public float[] latent() {
    int side = resolution / 8;
    float[] latent = new float[side * side];
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        latent[y * side + x] = values[8 * (y * resolution + x)];
      }
    }
    return latent;
  }
}
