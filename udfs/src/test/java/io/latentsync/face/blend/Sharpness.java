package io.latentsync.face.blend;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.latentsync.face.align.AffineMatrix;
import io.latentsync.face.align.FaceCropper;
import io.latentsync.face.align.FaceMatrices;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.align.Resampling;
import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FaceDetector;
import io.latentsync.face.detect.FaceDetectors;
import io.latentsync.face.detect.FacePoints;
import io.latentsync.image.RgbImage;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.model.bundle.Models;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.networks.AutoencoderKl;
import io.latentsync.nn.torch.TorchEngine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.DoubleStream;

/**
 * Measures how much fine detail of a video's face is left after each step of a dub. Prints lines of
 * comma-separated values; see {@code deploy/bench/sharpness}.
 */
final class Sharpness {
  /** In cycles per pixel of the video. */
  private static final double[] BANDS = {1 / 32., 1 / 16., 1 / 8., 3 / 16., 1 / 4., 3 / 8., 1 / 2.};

  /** The template's width in the units of {@link Place}. */
  private static final double UNITS = 75;

  /** Frames between a picture and the one whose mouth it gets. */
  private static final int OTHER_FRAME = 11;

  private final List<RgbImage> frames = new ArrayList<>();
  private final List<Optional<FacePoints>> points = new ArrayList<>();

  /** A place in the aligned face, in units of which its width has 75. */
  private record Place(double x, double y) {}

  /** Squares around places of the aligned face, with a side in the same units. */
  private record Region(String name, double side, List<Place> centres) {}

  private static final List<Region> REGIONS =
      List.of(
          new Region("mouth", 30, List.of(new Place(37.5, 60))),
          // Both cheeks and the chin.
          new Region(
              "skin", 13, List.of(new Place(13, 58), new Place(62, 58), new Place(37.5, 79))));

  /** A step of a dub, or several, that gives a frame with another face. */
  private interface Step {
    RgbImage apply(RgbImage frame, AffineMatrix matrix, int index);
  }

  private Sharpness(Path video, int count) throws IOException {
    VideoProbe probe = VideoProbe.of(video);
    try (VideoReader reader = VideoReader.open(video, probe);
        FaceDetector detector = FaceDetectors.open()) {
      for (int i = 0; i < Math.min(count, probe.frames()); i++) {
        try (VideoFrame frame = reader.read(i)) {
          RgbImage picture = frame.toRgb();
          frames.add(picture);
          points.add(detector.detectLargest(picture).map(DetectedFace::points));
        }
      }
    }
  }

  /**
   * Prints for each step: name, resolution of the networks, pixels of the video per pixel of the
   * networks' width, region, mean change from frame to frame as a share of the source's, then the
   * energy as a share of the source's in each band, then the gain of the source's own detail.
   *
   * @param arguments a video; the number of frames; then any of: {@code 256} (a resolution, without
   *     networks), {@code 128:FOLDER} (with the VAE in the folder), or a dubbed video of the same
   *     frames
   */
  public static void main(String[] arguments) throws IOException {
    TorchEngine.load();
    Sharpness video = new Sharpness(Path.of(arguments[0]), Integer.parseInt(arguments[1]));
    for (int i = 2; i < arguments.length; i++) {
      String[] parts = arguments[i].split(":", 2);
      if (!parts[0].matches("\\d+")) {
        video.measure(arguments[i], 256, dubbed(Path.of(arguments[i]), video.frames.size()));
        continue;
      }
      int resolution = Integer.parseInt(parts[0]);
      if (parts.length == 2) {
        video.measureVae(Path.of(parts[1]), resolution);
      } else {
        FaceTemplate template = new FaceTemplate(resolution);
        video.measure("warp", resolution, warp(template));
        for (Resampling resampling : Resampling.values()) {
          video.measure(
              resampling.toString(), resolution, through(FacePixels::of, template, resampling));
          video.measure(
              "other mouth " + resampling, resolution, video.otherMouth(template, resampling));
        }
      }
    }
  }

  /** To the template's rectangle and back, both bilinear, without the resize to the square. */
  private static Step warp(FaceTemplate template) {
    return (frame, matrix, index) -> {
      RgbImage rectangle = RgbImage.black(template.width(), template.height());
      warp(frame, rectangle, matrix.inverse());
      RgbImage copy = frame.copy();
      warp(rectangle, copy, matrix);
      return copy;
    };
  }

  /** Fills the pixels of the target that have a place inside the source. */
  private static void warp(RgbImage source, RgbImage target, AffineMatrix toSource) {
    for (int y = 0; y < target.height(); y++) {
      for (int x = 0; x < target.width(); x++) {
        float u = toSource.m00() * x + toSource.m01() * y + toSource.m02();
        float v = toSource.m10() * x + toSource.m11() * y + toSource.m12();
        if (u >= 0 && v >= 0 && u < source.width() - 1 && v < source.height() - 1) {
          int column = (int) u;
          int row = (int) v;
          int at = 3 * (row * source.width() + column);
          float right = u - column;
          float below = v - row;
          for (int c = 0; c < 3; c++) {
            int lower = at + 3 * source.width();
            float top = mix(source.pixels()[at + c], source.pixels()[at + c + 3], right);
            float bottom = mix(source.pixels()[lower + c], source.pixels()[lower + c + 3], right);
            target.pixels()[3 * (y * target.width() + x) + c] =
                (byte) (top + below * (bottom - top));
          }
        }
      }
    }
  }

  private static float mix(byte a, byte b, float share) {
    return (a & 255) + share * ((b & 255) - (a & 255));
  }

  private void measureVae(Path folder, int resolution) throws IOException {
    FaceTemplate template = new FaceTemplate(resolution);
    try (Checkpoint weights = Checkpoint.open(Models.vaeWeights(folder));
        AutoencoderKl vae =
            AutoencoderKl.load(Models.vaeConfig(folder), weights, Device.cpu(), DataType.FLOAT32);
        NDManager manager = NDManager.newBaseManager()) {
      Function<RgbImage, float[]> autoencoder =
          face -> {
            try (NDManager scope = manager.newSubManager()) {
              NDArray pixels =
                  scope.create(FacePixels.of(face), new Shape(1, 3, resolution, resolution));
              return vae.decode(vae.encode(pixels).mean()).toFloatArray();
            }
          };
      for (Resampling resampling : Resampling.values()) {
        measure("VAE " + resampling, resolution, through(autoencoder, template, resampling));
      }
    }
  }

  /** Crop, network and paste. */
  private static Step through(
      Function<RgbImage, float[]> network, FaceTemplate template, Resampling resampling) {
    FaceCropper cropper = new FaceCropper(template, resampling);
    Paste paste = new Paste(template, resampling);
    return (frame, matrix, index) -> {
      RgbImage crop = cropper.crop(frame, matrix);
      return paste.into(frame, crop, network.apply(crop), matrix);
    };
  }

  /** A dub without errors of networks: the same person's mouth in another frame. */
  private Step otherMouth(FaceTemplate template, Resampling resampling) {
    FaceMatrices matrices = FaceMatrices.follow(points, template);
    FaceCropper cropper = new FaceCropper(template, resampling);
    Paste paste = new Paste(template, resampling);
    float[] keep = Mask.bundled(template.resolution()).values();
    return (frame, matrix, index) -> {
      int other = (index + OTHER_FRAME) % frames.size();
      RgbImage crop = cropper.crop(frame, matrix);
      float[] face = FacePixels.of(crop);
      float[] mouth =
          FacePixels.of(cropper.crop(frames.get(other), matrices.get(other).orElse(matrix)));
      for (int i = 0; i < face.length; i++) {
        face[i] = mouth[i] + keep[i % keep.length] * (face[i] - mouth[i]);
      }
      return paste.into(frame, crop, face, matrix);
    };
  }

  /** Pastes faces into copies of frames. */
  private static final class Paste {
    private final FacePaster paster;
    private final Optional<DetailTransfer> detail;

    Paste(FaceTemplate template, Resampling resampling) {
      paster = new FacePaster(template, resampling);
      detail =
          resampling == Resampling.TEXTURED
              ? Optional.of(new DetailTransfer(template.resolution()))
              : Optional.empty();
    }

    RgbImage into(RgbImage frame, RgbImage crop, float[] face, AffineMatrix matrix) {
      RgbImage copy = frame.copy();
      FacePatch patch = FacePatch.whole(face);
      paster.paste(copy, detail.map(transfer -> transfer.to(patch, crop)).orElse(patch), matrix);
      return copy;
    }
  }

  private static Step dubbed(Path file, int count) throws IOException {
    List<RgbImage> pictures = new ArrayList<>();
    try (VideoReader reader = VideoReader.open(file, VideoProbe.of(file))) {
      for (int i = 0; i < count; i++) {
        try (VideoFrame frame = reader.read(i)) {
          pictures.add(frame.toRgb());
        }
      }
    }
    return (frame, matrix, index) -> pictures.get(index);
  }

  private void measure(String name, int resolution, Step step) {
    FaceTemplate template = new FaceTemplate(resolution);
    FaceMatrices matrices = FaceMatrices.follow(points, template);
    Map<Region, BandEnergies> energies = new HashMap<>();
    Map<Region, double[]> changes = new HashMap<>();
    for (Region region : REGIONS) {
      energies.put(region, new BandEnergies(BANDS));
      changes.put(region, new double[2]);
    }
    double scale = 0;
    int count = 0;
    RgbImage last = null;
    for (int i = 0; i < frames.size(); i++) {
      Optional<AffineMatrix> matrix = matrices.get(i);
      if (matrix.isEmpty()) {
        last = null;
        continue;
      }
      RgbImage copy = step.apply(frames.get(i), matrix.get(), i);
      AffineMatrix toFrame = matrix.get().inverse();
      scale += Math.hypot(toFrame.m00(), toFrame.m10()) * template.width() / template.resolution();
      count++;
      for (Region region : REGIONS) {
        double unit = template.width() / UNITS;
        int side =
            2
                * (int)
                    Math.round(region.side() * unit * Math.hypot(toFrame.m00(), toFrame.m10()) / 2);
        for (Place centre : region.centres()) {
          double u = centre.x() * unit;
          double v = centre.y() * unit;
          double x = toFrame.m00() * u + toFrame.m01() * v + toFrame.m02();
          double y = toFrame.m10() * u + toFrame.m11() * v + toFrame.m12();
          int left = (int) Math.round(x) - side / 2;
          int top = (int) Math.round(y) - side / 2;
          if (left < 0 || top < 0 || left + side > copy.width() || top + side > copy.height()) {
            continue;
          }
          energies.get(region).add(frames.get(i), copy, left, top, side);
          if (last != null) {
            changes.get(region)[0] += change(frames.get(i - 1), frames.get(i), left, top, side);
            changes.get(region)[1] += change(last, copy, left, top, side);
          }
        }
      }
      last = copy;
    }
    for (Region region : REGIONS) {
      double[] change = changes.get(region);
      System.out.printf(
          Locale.ROOT,
          "%s,%d,%.2f,%s,%.3f,%s,%s%n",
          name,
          resolution,
          scale / count,
          region.name(),
          change[1] / change[0],
          joined(energies.get(region).ratios()),
          joined(energies.get(region).gains()));
    }
  }

  private static String joined(double[] values) {
    return String.join(
        ",", DoubleStream.of(values).mapToObj(v -> String.format(Locale.ROOT, "%.3f", v)).toList());
  }

  private static long change(RgbImage a, RgbImage b, int left, int top, int side) {
    long sum = 0;
    for (int y = top; y < top + side; y++) {
      int from = 3 * (y * a.width() + left);
      for (int k = from; k < from + 3 * side; k++) {
        sum += Math.abs((a.pixels()[k] & 255) - (b.pixels()[k] & 255));
      }
    }
    return sum;
  }
}
