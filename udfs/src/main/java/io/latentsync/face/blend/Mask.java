package io.latentsync.face.blend;

import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.align.Lanczos;
import io.latentsync.image.RgbImage;
import io.latentsync.media.RegularFile;
import io.latentsync.text.Printable;
import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;

/** Which pixels of an aligned face are kept (1) and which are re-synthesised (0). */
public final class Mask {
  private static final String BUNDLED = "mask.png";

  /** Largest picture: 8192 × 8192. */
  static final long MOST_PIXELS = 1L << 26;

  /** Largest file, in bytes. */
  private static final long MOST_BYTES = 1L << 28;

  /** The formats whose headers are read before their pixels. */
  private static final List<String> FORMATS = List.of("PNG", "JPEG", "BMP", "TIFF");

  private final int resolution;
  private final float[] values;

  private Mask(int resolution, float[] values) {
    this.resolution = resolution;
    this.values = values;
  }

  /**
   * A picture as a mask, by its red channel: 255 is kept, 0 is re-synthesised, values between are
   * blended. Unless the picture has the right size, it is resized with Lanczos, which softens its
   * edges.
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
   * A picture file as a mask; see {@link #of(RgbImage, int)}.
   *
   * @param file a PNG, JPEG, BMP or TIFF of at most {@value #MOST_PIXELS} pixels
   * @throws IOException if the file is missing, not a regular file, not such a picture, or too
   *     large
   */
  public static Mask of(Path file, int resolution) throws IOException {
    String name = Printable.value(file);
    Optional<String> fault = RegularFile.fault(file);
    if (fault.isPresent()) {
      throw new IOException("%s: %s".formatted(name, fault.get()));
    }
    if (Files.size(file) > MOST_BYTES) {
      throw new IOException(
          "%s: has %d bytes, but a mask may have %d at most"
              .formatted(name, Files.size(file), MOST_BYTES));
    }
    byte[] encoded = Files.readAllBytes(file);
    requireSize(encoded, name);
    return of(decode(encoded, name), resolution);
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

  /**
   * Refuses a picture that is too large by its header, because a small file can declare any size.
   */
  private static void requireSize(byte[] encoded, String name) throws IOException {
    if (encoded.length == 0) {
      throw new IOException(name + ": is empty, but must be a picture");
    }
    try (ImageInputStream header =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(encoded))) {
      ImageReader reader = reader(header, name);
      try {
        reader.setInput(header, true, true);
        long width = reader.getWidth(0);
        long height = reader.getHeight(0);
        if (width * height > MOST_PIXELS) {
          throw new IOException(
              "%s: has %d×%d pixels, but a mask may have %d at most, such as 8192×8192"
                  .formatted(name, width, height, MOST_PIXELS));
        }
      } catch (IllegalArgumentException | IndexOutOfBoundsException | IIOException e) {
        throw new IOException(name + ": is a damaged picture", e);
      } finally {
        reader.dispose();
      }
    }
  }

  private static ImageReader reader(ImageInputStream header, String name) throws IOException {
    Iterator<ImageReader> readers = ImageIO.getImageReaders(header);
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      String[] names = reader.getOriginatingProvider().getFormatNames();
      if (!Collections.disjoint(FORMATS, List.of(names))) {
        return reader;
      }
    }
    throw new IOException(
        "%s: is not a picture in a format that a mask may have: %s"
            .formatted(name, String.join(", ", FORMATS)));
  }

  private static RgbImage decode(byte[] encoded, String name) throws IOException {
    try (BytePointer bytes = new BytePointer(encoded);
        Mat buffer = new Mat(bytes, false);
        Mat picture = opencv_imgcodecs.imdecode(buffer, opencv_imgcodecs.IMREAD_COLOR)) {
      if (picture.empty()) {
        throw new IOException(name + ": is not a picture that OpenCV can read");
      }
      opencv_imgproc.cvtColor(picture, picture, opencv_imgproc.COLOR_BGR2RGB);
      RgbImage image = RgbImage.black(picture.cols(), picture.rows());
      picture.data().get(image.pixels());
      return image;
    } catch (RuntimeException e) {
      // OpenCV has no other exception.
      throw new IOException(name + ": is not a picture that OpenCV can read", e);
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
