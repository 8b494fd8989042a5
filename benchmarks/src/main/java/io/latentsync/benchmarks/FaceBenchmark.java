package io.latentsync.benchmarks;

import io.latentsync.face.align.AffineMatrix;
import io.latentsync.face.align.FaceAligner;
import io.latentsync.face.align.FaceCropper;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.blend.FacePaster;
import io.latentsync.face.blend.FacePatch;
import io.latentsync.face.blend.FacePixels;
import io.latentsync.face.blend.Mask;
import io.latentsync.face.blend.SeamlessFit;
import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FaceDetector;
import io.latentsync.face.detect.FaceDetectors;
import io.latentsync.image.PixelRectangle;
import io.latentsync.image.RgbImage;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A face in a frame of 512×512 pixels, at the networks' resolution of 256. */
@State(Scope.Thread)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class FaceBenchmark {
  private static final FaceTemplate TEMPLATE = new FaceTemplate(256);

  /** A frame with another mouth than the first one's. */
  private static final int OTHER_FRAME = 20;

  private FaceDetector detector;
  private FaceCropper cropper;
  private FacePaster paster;
  private SeamlessFit fit;
  private RgbImage frame;
  private AffineMatrix matrix;
  private RgbImage source;
  private float[] face;
  private FacePatch patch;

  /** Aligns the face of the demonstration's clip; another frame's face is the new one. */
  @Setup
  public void align() throws IOException {
    detector = FaceDetectors.open();
    cropper = new FaceCropper(TEMPLATE);
    paster = new FacePaster(TEMPLATE);
    fit = new SeamlessFit(Mask.bundled(TEMPLATE.resolution()));
    frame = ClipFrames.get(0);
    matrix = new FaceAligner(TEMPLATE).align(detector.detectLargest(frame).orElseThrow().points());
    source = cropper.crop(frame, matrix);
    face = FacePixels.of(cropper.crop(ClipFrames.get(OTHER_FRAME), matrix));
    patch = fit.fit(source, face);
  }

  /** Closes the networks. */
  @TearDown
  public void close() {
    detector.close();
  }

  /** Finds the faces of the frame and their points: a detector's network, then the mesh's. */
  @Benchmark
  public List<DetectedFace> detectFaces() {
    return detector.detect(frame);
  }

  /** Cuts out the aligned face. */
  @Benchmark
  public RgbImage cropFace() {
    return cropper.crop(frame, matrix);
  }

  /** Fits the new face to the source's. */
  @Benchmark
  public FacePatch fitSeamlessly() {
    return fit.fit(source, face);
  }

  /** Blends the fitted face into the frame. */
  @Benchmark
  public PixelRectangle pasteFace() {
    return paster.paste(frame, patch, matrix);
  }
}
