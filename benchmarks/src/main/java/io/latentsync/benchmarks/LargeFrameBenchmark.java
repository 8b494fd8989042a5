package io.latentsync.benchmarks;

import com.google.common.io.MoreFiles;
import io.latentsync.face.align.AffineMatrix;
import io.latentsync.face.align.FaceAligner;
import io.latentsync.face.align.FaceCropper;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.align.MouthOpening;
import io.latentsync.face.align.Resampling;
import io.latentsync.face.blend.FacePaster;
import io.latentsync.face.blend.FacePatch;
import io.latentsync.face.blend.FacePixels;
import io.latentsync.face.detect.FaceDetector;
import io.latentsync.face.detect.FaceDetectors;
import io.latentsync.image.PixelRectangle;
import io.latentsync.image.RgbImage;
import io.latentsync.image.RgbPart;
import io.latentsync.media.video.PictureScaler;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.testing.LargeClip;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The kernels between decoder and encoder on a frame of 1920×1080 pixels, at the networks'
 * resolution of 256. Needs a build with MediaPipe's models.
 */
@State(Scope.Thread)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class LargeFrameBenchmark {
  private static final int HEIGHT = 1080;
  private static final FaceTemplate TEMPLATE = new FaceTemplate(256);

  private final FaceCropper cropper = new FaceCropper(TEMPLATE);
  private final PictureScaler scaler = new PictureScaler();
  private final FacePaster paster = new FacePaster(TEMPLATE);
  private final FaceCropper sharpCropper = new FaceCropper(TEMPLATE, Resampling.SHARP);
  private final FacePaster sharpPaster = new FacePaster(TEMPLATE, Resampling.SHARP);
  private MouthOpening mouth;
  private VideoFrame frame;
  private AffineMatrix matrix;
  private PixelRectangle needed;
  private RgbPart before;
  private RgbPart after;
  private FacePatch patch;
  private PixelRectangle changed;

  /** Makes the frame and aligns its face. */
  @Setup
  public void align() throws IOException {
    mouth = MouthOpening.open(TEMPLATE).orElseThrow();
    Path folder = Files.createTempDirectory("benchmark");
    Path clip = folder.resolve("large.mp4");
    LargeClip.write(clip, HEIGHT, 1);
    try (VideoReader reader = VideoReader.open(clip, VideoProbe.of(clip));
        FaceDetector detector = FaceDetectors.open()) {
      frame = reader.read(0);
      RgbImage whole = frame.toRgb();
      matrix =
          new FaceAligner(TEMPLATE).align(detector.detectLargest(whole).orElseThrow().points());
      PixelRectangle all = PixelRectangle.of(whole);
      needed =
          paster
              .area(matrix, all)
              .union(sharpPaster.area(matrix, all))
              .union(mouth.area(matrix, all));
      before = frame.toRgb(needed, scaler);
    } finally {
      MoreFiles.deleteRecursively(folder);
    }
    patch = FacePatch.whole(FacePixels.of(cropper.crop(before, matrix)));
    after = before.copy();
    changed = paster.paste(after, patch, matrix);
  }

  /** Frees native memory. */
  @TearDown
  public void close() {
    frame.close();
    mouth.close();
    scaler.close();
  }

  /** Converts the pixels around the face to RGB. */
  @Benchmark
  public RgbPart toRgb() {
    return frame.toRgb(needed, scaler);
  }

  /** Cuts out the aligned face. */
  @Benchmark
  public RgbImage crop() {
    return cropper.crop(before, matrix);
  }

  /** Cuts out the aligned face with the sharp resampling. */
  @Benchmark
  public RgbImage cropSharply() {
    return sharpCropper.crop(before, matrix);
  }

  /** Blends a face into the picture. */
  @Benchmark
  public PixelRectangle paste() {
    return paster.paste(after, patch, matrix);
  }

  /** Blends a face into the picture with the sharp resampling. */
  @Benchmark
  public PixelRectangle pasteSharply() {
    return sharpPaster.paste(after, patch, matrix);
  }

  /** Converts the changed pixels to the frame's samples. */
  @Benchmark
  public VideoFrame toYuv() {
    frame.paste(before, after, changed);
    return frame;
  }

  /** Measures the mouth in the picture. */
  @Benchmark
  public OptionalDouble measureMouth() {
    return mouth.measure(after, matrix);
  }
}
