package io.latentsync.face.detect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.latentsync.image.RgbImage;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.testing.NativeMemory;
import io.latentsync.testing.Oracles;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.imageio.ImageIO;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("slow")
class FaceDetectorTest {

  private static FaceDetector detector;

  @BeforeAll
  static void open() {
    detector = FaceDetectors.open();
  }

  @AfterAll
  static void close() {
    detector.close();
  }

  private static void assumeMediaPipe() {
    Assumptions.assumeTrue(
        MediaPipeFaceDetector.available(), "skipped: built without MediaPipe's models");
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "1, 300", "640, 3", "640, 480"})
  void pictureWithoutFaceGivesNone(int width, int height) {
    assertThat(detector.detect(RgbImage.black(width, height))).isEmpty();
    assertThat(detector.detect(Pictures.noise(width, height, 1))).isEmpty();
  }

  @Test
  void openCvUsesOneThreadPerCall() {
    int before = opencv_core.getNumThreads();
    try {
      opencv_core.setNumThreads(2);
      FaceDetectors.open().close();
      assertThat(opencv_core.getNumThreads()).isEqualTo(1);
    } finally {
      opencv_core.setNumThreads(before);
    }
  }

  @Test
  void aFaceThatTheMeshDoesNotFindIsRejected() {
    assumeMediaPipe();
    RgbImage noise = Pictures.noise(640, 480, 2);
    FacePoints points = new FacePoints(250, 150, 350, 150, 300, 200);
    try (MediaPipeFaceDetector mediaPipe = new MediaPipeFaceDetector()) {
      for (float x : new float[] {200, -150, 5000}) {
        DetectedFace seen = new DetectedFace(x, 100, 200, 220, 0.5f, points, HaarFaceDetector.NAME);
        assertThat(mediaPipe.confirm(noise, seen)).isEmpty();
      }
    }
  }

  /** Real frames of the reference, with points placed by eye. */
  @Test
  @Tag("oracle")
  void pointsAreNearTheReferences() throws Exception {
    assumeMediaPipe();
    for (Path folder : Oracles.folders("geometry")) {
      try (Checkpoint oracle = Checkpoint.open(folder.resolve("io.safetensors"))) {
        float[] expected = Oracles.floats(oracle, "landmarks3");
        double sum = 0;
        for (int frame = 0; frame < expected.length / 6; frame++) {
          Path file = folder.resolve("frame%d.png".formatted(frame));
          float[] found = points(detector.detectLargest(read(file)).orElseThrow());
          float[] wanted = Arrays.copyOfRange(expected, 6 * frame, 6 * frame + 6);
          for (int point = 0; point < 3; point++) {
            double off = distance(found, point, wanted, point) / distance(wanted, 0, wanted, 1);
            assertThat(off).as("%s, point %d", file, point).isLessThan(0.2);
            sum += off;
          }
        }
        assertThat(sum / (expected.length / 2.0))
            .as("mean share of the brow distance")
            .isLessThan(0.12);
      }
    }
  }

  @Nested
  class OnClips {

    @ParameterizedTest
    @CsvSource({"clip1.mp4, 131", "clip2.mp4, 118", "demo1_video.mp4, 250", "demo2_video.mp4, 502"})
    void everyTenthFrameHasOneFaceWithItsPointsInPlace(String clip, int frames) {
      assumeMediaPipe();
      int[] seen = {0};
      ClipFrames.forEach(
          clip,
          frames,
          i -> i % 10 == 0,
          frame -> {
            seen[0]++;
            List<DetectedFace> faces = detector.detect(frame);
            assertThat(faces).hasSize(1);
            DetectedFace face = faces.get(0);
            assertThat(face.detector()).isEqualTo(MediaPipeFaceDetector.NAME);
            FacePoints p = face.points();
            assertThat((p.leftX() - face.x()) / face.width()).isBetween(0.1f, 0.4f);
            assertThat((p.rightX() - face.x()) / face.width()).isBetween(0.6f, 0.9f);
            assertThat((p.noseX() - face.x()) / face.width()).isBetween(0.25f, 0.75f);
            assertThat((p.leftY() - face.y()) / face.height()).isBetween(0.05f, 0.35f);
            assertThat((p.rightY() - face.y()) / face.height()).isBetween(0.05f, 0.35f);
            assertThat((p.noseY() - face.y()) / face.height()).isBetween(0.35f, 0.65f);
          });
      assertThat(seen[0]).isEqualTo((frames + 9) / 10);
    }

    /**
     * The shape of the triangle of points may change only slightly from frame to frame. The bounds
     * allow for the head's own movement (measured over the whole clips: 1.0 % and 1.5 %).
     */
    @ParameterizedTest
    @CsvSource({"demo1_video.mp4, 0.014", "demo2_video.mp4, 0.025"})
    void triangleOfThePointsDoesNotJitter(String clip, double bound) {
      assumeMediaPipe();
      List<float[]> track = new ArrayList<>();
      ClipFrames.forEach(
          clip, 75, i -> true, frame -> track.add(points(detector.detectLargest(frame).get())));
      double sum = 0;
      double brows = 0;
      for (int i = 1; i < track.size() - 1; i++) {
        brows += distance(track.get(i), 0, track.get(i), 1) / (track.size() - 2);
        float[] bend = new float[6];
        for (int k = 0; k < 6; k++) {
          bend[k] = track.get(i - 1)[k] - 2 * track.get(i)[k] + track.get(i + 1)[k];
        }
        for (int k = 0; k < 6; k++) {
          double own = bend[k] - (bend[k % 2] + bend[k % 2 + 2] + bend[k % 2 + 4]) / 3;
          sum += own * own / 3 / (track.size() - 2);
        }
      }
      assertThat(Math.sqrt(sum) / brows).isLessThan(bound);
    }

    /** The same face on a shifted grid of pixels and cells, with other noise. */
    @ParameterizedTest
    @ValueSource(strings = {"clip1.mp4", "clip2.mp4", "demo1_video.mp4", "demo2_video.mp4"})
    void pointsFollowAShiftOfThePicture(String clip) {
      assumeMediaPipe();
      RgbImage frame = ClipFrames.frame(clip, 40);
      float[] mean = new float[6];
      List<float[]> all = new ArrayList<>();
      for (int shift = 0; shift < 16; shift++) {
        int down = shift * 7 % 16;
        RgbImage part = Pictures.crop(frame, shift, down, frame.width() - 16, frame.height() - 16);
        float[] p = points(detector.detectLargest(part).orElseThrow());
        for (int k = 0; k < 6; k++) {
          p[k] += k % 2 == 0 ? shift : down;
          mean[k] += p[k] / 16;
        }
        all.add(p);
      }
      for (float[] p : all) {
        for (int point = 0; point < 3; point++) {
          assertThat(distance(p, point, mean, point) / distance(mean, 0, mean, 1))
              .isLessThan(0.015);
        }
      }
    }

    @ParameterizedTest
    @CsvSource({
      "clip1.mp4, 30, 1, 0, 1",
      "clip1.mp4, 30, 0.5, 0, 1",
      "clip1.mp4, 30, 0.33, 0, 1",
      "clip1.mp4, 30, 3, 0, 1",
      "clip1.mp4, 30, 1, 45, 1",
      "clip1.mp4, 30, 1, -45, 1",
      "clip1.mp4, 30, 0.5, 20, 1",
      "clip1.mp4, 30, 1, 0, 0.25",
      "demo1_video.mp4, 30, 1, 0, 1",
      "demo1_video.mp4, 30, 0.5, 0, 1",
      "demo1_video.mp4, 30, 0.33, 0, 1",
      "demo1_video.mp4, 30, 3, 0, 1",
      "demo1_video.mp4, 30, 1, 45, 1",
      "demo1_video.mp4, 30, 1, -45, 1",
      "demo1_video.mp4, 30, 0.5, 20, 1",
      "demo1_video.mp4, 30, 1, 0, 0.25"
    })
    void faceIsFoundSmallLargeTurnedAndInTheDark(
        String clip, int index, double scale, double degrees, double light) {
      assumeMediaPipe();
      RgbImage frame = ClipFrames.frame(clip, index);
      DetectedFace face = detector.detectLargest(frame).orElseThrow();
      double x = face.points().noseX();
      double y = face.points().noseY();
      int width = (int) (frame.width() * Math.min(scale, 1));
      int height = (int) (frame.height() * Math.min(scale, 1));
      RgbImage picture =
          Pictures.dim(Pictures.turn(frame, x, y, scale, degrees, width, height), light);

      float[] found = points(detector.detectLargest(picture).orElseThrow());

      float[] original = points(face);
      double cos = scale * Math.cos(Math.toRadians(degrees));
      double sin = scale * Math.sin(Math.toRadians(degrees));
      float[] expected = new float[6];
      for (int k = 0; k < 6; k += 2) {
        double u = original[k] - x;
        double v = original[k + 1] - y;
        expected[k] = (float) (cos * u - sin * v + width / 2.0);
        expected[k + 1] = (float) (sin * u + cos * v + height / 2.0);
      }
      for (int point = 0; point < 3; point++) {
        assertThat(distance(found, point, expected, point) / distance(expected, 0, expected, 1))
            .as("point %d", point)
            .isLessThan(0.06);
      }
    }

    @Test
    @Tag("oracle")
    void shortAndFullRangeNetworksFindANearFaceAtTheSamePlace() {
      assumeMediaPipe();
      RgbImage frame = ClipFrames.frame("demo2_video.mp4", 90);
      DetectedFace face = detector.detectLargest(frame).orElseThrow();
      RgbImage near =
          Pictures.turn(frame, face.points().noseX(), face.points().noseY(), 2, 0, 1080, 1920);
      try (BlazeFace full = new BlazeFace(BlazeFace.Range.FULL);
          BlazeFace close = new BlazeFace(BlazeFace.Range.SHORT);
          PointerScope scope = new PointerScope()) {
        Mat mat = PictureMat.of(near);
        FaceRegion expected = full.detect(mat, 0.5f).get(0).region();
        List<BlazeFace.Detection> seen = close.detect(mat, 0.5f);
        assertThat(seen).hasSize(1);
        FaceRegion region = seen.get(0).region();
        double away =
            Math.hypot(
                region.centreX() - expected.centreX(), region.centreY() - expected.centreY());
        assertThat(away).isLessThan(0.1 * expected.side());
        assertThat(region.side() / expected.side()).isBetween(0.7, 1.4);
      }
    }

    /** At a fiftieth of the brightness, MediaPipe's networks find the face in few frames. */
    @Test
    @Tag("oracle")
    void faceThatOnlyTheCascadeFindsHasItsName() {
      assumeMediaPipe();
      List<String> finders = new ArrayList<>();
      for (String clip : List.of("demo1_video.mp4", "demo2_video.mp4")) {
        ClipFrames.forEach(
            clip,
            241,
            i -> i % 80 == 0,
            frame ->
                detector
                    .detectLargest(Pictures.dim(frame, 0.02))
                    .ifPresent(face -> finders.add(face.detector())));
      }
      assertThat(finders).contains(HaarFaceDetector.NAME).hasSizeGreaterThanOrEqualTo(4);
    }

    /** Rotated by 45°, at which the cascade does not find it. */
    @Test
    @Tag("oracle")
    void theFallbackIsUsedWhereTheFirstDetectorFindsNothing() {
      assumeMediaPipe();
      RgbImage upright = ClipFrames.frame("demo1_video.mp4", 0);
      RgbImage turned = Pictures.turn(upright, 540, 960, 0.6, 45, 1080, 1920);
      try (FaceDetector both =
          new FallbackFaceDetector(new HaarFaceDetector(), new MediaPipeFaceDetector())) {
        assertThat(both.detect(upright))
            .extracting(DetectedFace::detector)
            .containsExactly(HaarFaceDetector.NAME);
        assertThat(both.detect(turned))
            .extracting(DetectedFace::detector)
            .containsExactly(MediaPipeFaceDetector.NAME);
        assertThat(both.detect(RgbImage.black(640, 480))).isEmpty();
      }
    }

    /** Faces of a few cells of the detector's input, in wide pictures, at several places. */
    @ParameterizedTest
    @CsvSource({"1920, 1080, 90", "1920, 1080, 120", "854, 480, 60", "640, 360, 45"})
    void smallFaceInAWidePictureHasItsPointsInPlace(int width, int height, int faceHeight) {
      assumeMediaPipe();
      assertSmallFacesAreInPlace(List.of("clip1.mp4", "clip2.mp4"), width, height, faceHeight);
    }

    @ParameterizedTest
    @CsvSource({"1920, 1080, 90", "1920, 1080, 120", "854, 480, 60", "640, 360, 45"})
    @Tag("oracle")
    void smallRealFaceInAWidePictureHasItsPointsInPlace(int width, int height, int faceHeight) {
      assumeMediaPipe();
      assertSmallFacesAreInPlace(
          List.of("demo1_video.mp4", "demo2_video.mp4"), width, height, faceHeight);
    }

    private static void assertSmallFacesAreInPlace(
        List<String> clips, int width, int height, int faceHeight) {
      for (String clip : clips) {
        RgbImage frame = ClipFrames.frame(clip, 90);
        DetectedFace face = detector.detectLargest(frame).orElseThrow();
        double scale = faceHeight / face.height();
        double browDistance = scale * (face.points().rightX() - face.points().leftX());
        for (int shift = 0; shift < 6; shift++) {
          double x = face.points().noseX() + 3 * shift / scale;
          double y = face.points().noseY() + 5 * shift / scale;
          RgbImage picture = Pictures.turn(frame, x, y, scale, 0, width, height);

          List<DetectedFace> found = detector.detect(picture);

          assertThat(found).hasSize(1);
          FacePoints points = found.get(0).points();
          double off =
              Math.hypot(
                  points.noseX() - (width / 2.0 - 3 * shift),
                  points.noseY() - (height / 2.0 - 5 * shift));
          assertThat(off / browDistance).isLessThan(0.1);
        }
      }
    }

    @ParameterizedTest
    @EnumSource(Rotation.class)
    void faceOfARotatedPictureIsMappedToTheOriginalPicture(Rotation turn) {
      assumeMediaPipe();
      RgbImage picture = ClipFrames.frame("clip2.mp4", 90);
      RgbImage standing = turn.turn(picture);
      // Four quarter turns are a full turn.
      DetectedFace expected = detector.detectLargest(picture).orElseThrow();
      RgbImage lying = turn.turn(turn.turn(standing));
      assertThat(turn.turn(lying).pixels()).isEqualTo(picture.pixels());

      try (FaceDetector upright = turn.upright(FaceDetectors.open())) {
        DetectedFace found = upright.detectLargest(lying).orElseThrow();
        assertThat(found.area()).isCloseTo(expected.area(), withinPercentage(0.01));
        for (int point = 0; point < 3; point++) {
          float[] there = points(found);
          float[] here = points(expected);
          assertThat(colour(lying, there[2 * point], there[2 * point + 1]))
              .isEqualTo(colour(picture, here[2 * point], here[2 * point + 1]));
        }
        float[] nose = points(found);
        assertThat(nose[4]).isBetween(found.x(), found.x() + found.width());
        assertThat(nose[5]).isBetween(found.y(), found.y() + found.height());
        assertThat(found.detector().contains("turned by")).isEqualTo(turn != Rotation.NONE);
      }
    }

    private static List<Byte> colour(RgbImage picture, float x, float y) {
      int at = 3 * (Math.round(y) * picture.width() + Math.round(x));
      byte[] pixels = picture.pixels();
      return List.of(pixels[at], pixels[at + 1], pixels[at + 2]);
    }

    @Test
    void largerOfTwoFacesIsChosen() {
      assumeMediaPipe();
      RgbImage frame = ClipFrames.frame("clip2.mp4", 0);
      DetectedFace face = detector.detectLargest(frame).orElseThrow();
      double x = face.x() + face.width() / 2;
      double y = face.y() + face.height() / 2;
      RgbImage large = Pictures.turn(frame, x, y, 1, 0, 700, 700);
      RgbImage small = Pictures.turn(frame, x, y, 0.7, 0, 700, 700);

      RgbImage both = Pictures.sideBySide(small, large);

      assertThat(detector.detect(both)).hasSize(2);
      assertThat(detector.detectLargest(both).orElseThrow().points().noseX())
          .isBetween(900f, 1200f);
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip1.mp4", "clip2.mp4", "demo1_video.mp4", "demo2_video.mp4"})
    void partsOfAFrameWithoutTheFaceGiveNone(String clip) {
      assumeMediaPipe();
      RgbImage frame = ClipFrames.frame(clip, 60);
      DetectedFace face = detector.detectLargest(frame).orElseThrow();
      int below = (int) (face.y() + 1.5 * face.height());
      assertThat(
              detector.detect(
                  Pictures.crop(frame, 0, below, frame.width(), frame.height() - below)))
          .isEmpty();
      int above = (int) (face.y() - 0.3 * face.height());
      assertThat(detector.detect(Pictures.crop(frame, 0, 0, frame.width(), above))).isEmpty();
    }

    @Test
    @Tag("oracle")
    void pointsOfHaarAreNearThoseOfTheMesh() {
      assumeMediaPipe();
      try (FaceDetector haar = new HaarFaceDetector()) {
        int[] found = {0};
        ClipFrames.forEach(
            "demo1_video.mp4",
            250,
            i -> i % 25 == 0,
            frame -> {
              float[] fine = points(detector.detectLargest(frame).orElseThrow());
              haar.detectLargest(frame)
                  .ifPresent(
                      face -> {
                        found[0]++;
                        assertThat(face.detector()).isEqualTo(HaarFaceDetector.NAME);
                        for (int point = 0; point < 3; point++) {
                          assertThat(
                                  distance(points(face), point, fine, point)
                                      / distance(fine, 0, fine, 1))
                              .isLessThan(0.3);
                        }
                      });
            });
        assertThat(found[0]).isGreaterThanOrEqualTo(9);
      }
    }

    @Test
    @Tag("oracle")
    void faceOfHaarIsConfirmedWithPointsOfTheMesh() {
      assumeMediaPipe();
      RgbImage frame = ClipFrames.frame("demo1_video.mp4", 0);
      float[] expected = points(detector.detectLargest(frame).orElseThrow());
      try (HaarFaceDetector haar = new HaarFaceDetector();
          MediaPipeFaceDetector mediaPipe = new MediaPipeFaceDetector()) {
        DetectedFace seen = haar.detectLargest(frame).orElseThrow();
        DetectedFace confirmed = mediaPipe.confirm(frame, seen).orElseThrow();
        assertThat(confirmed.detector()).isEqualTo(HaarFaceDetector.NAME);
        for (int point = 0; point < 3; point++) {
          assertThat(distance(points(confirmed), point, expected, point))
              .isLessThan(0.03 * distance(expected, 0, expected, 1));
        }
      }
    }

    @Test
    void facesAreTheSameInEveryOrderInstanceAndThread() throws Exception {
      List<RgbImage> frames = new ArrayList<>();
      ClipFrames.forEach("clip2.mp4", 41, i -> i % 10 == 0, frames::add);
      List<List<DetectedFace>> expected = frames.stream().map(detector::detect).toList();
      Callable<List<List<DetectedFace>>> backwards =
          () -> {
            try (FaceDetector own = FaceDetectors.open()) {
              List<List<DetectedFace>> faces = new ArrayList<>();
              for (int i = frames.size() - 1; i >= 0; i--) {
                faces.add(0, own.detect(frames.get(i)));
              }
              return faces;
            }
          };
      ExecutorService threads = Executors.newFixedThreadPool(3);
      try {
        for (Future<List<List<DetectedFace>>> faces :
            threads.invokeAll(List.of(backwards, backwards, backwards))) {
          assertThat(faces.get()).isEqualTo(expected);
        }
      } finally {
        threads.shutdown();
      }
    }

    @Test
    void nativeMemoryDoesNotGrow() {
      RgbImage frame = ClipFrames.frame("clip1.mp4", 0);
      RgbImage picture = Pictures.turn(frame, 256, 256, 1.6, 0, 864, 1536);
      RgbImage faceless = RgbImage.black(480, 270);
      detectOften(20, picture, faceless);
      long owned = Pointer.totalBytes();
      long allocated = NativeMemory.allocated();

      detectOften(150, picture, faceless);

      assertThat(Pointer.totalBytes()).isLessThanOrEqualTo(owned);
      // One leaked copy of the picture per detection would add up to 570 MiB.
      assertThat(NativeMemory.allocated() - allocated).isLessThan(20L << 20);
    }

    private static void detectOften(int times, RgbImage face, RgbImage faceless) {
      for (int i = 0; i < times; i++) {
        assertThat(detector.detect(face)).hasSize(1);
        if (i % 4 == 0) {
          assertThat(detector.detect(faceless)).isEmpty();
        }
      }
    }
  }

  @Test
  void faceJustBelowTheReferencesLimitsIsDroppedAndLimitsShrinkWithThePicture() {
    FacePoints points = new FacePoints(0, 0, 1, 0, 0, 1);
    RgbImage large = RgbImage.black(1280, 720);
    RgbImage small = RgbImage.black(640, 360);
    assertThat(FaceLimits.admit(box(50, 80, 0.5f, points), large)).isTrue();
    assertThat(FaceLimits.admit(box(49, 80, 0.5f, points), large)).isFalse();
    assertThat(FaceLimits.admit(box(50, 79, 0.5f, points), large)).isFalse();
    assertThat(FaceLimits.admit(box(50, 80, 0.49f, points), large)).isFalse();
    assertThat(FaceLimits.admit(box(160, 100, 0.9f, points), large)).isFalse();
    assertThat(FaceLimits.admit(box(60, 400, 0.9f, points), large)).isFalse();
    assertThat(FaceLimits.admit(box(25, 40, 0.5f, points), small)).isTrue();
    assertThat(FaceLimits.admit(box(24, 40, 0.5f, points), small)).isFalse();
  }

  private static DetectedFace box(float width, float height, float score, FacePoints points) {
    return new DetectedFace(0, 0, width, height, score, points, MediaPipeFaceDetector.NAME);
  }

  private static float[] points(DetectedFace face) {
    FacePoints p = face.points();
    return new float[] {p.leftX(), p.leftY(), p.rightX(), p.rightY(), p.noseX(), p.noseY()};
  }

  private static double distance(float[] a, int pointOfA, float[] b, int pointOfB) {
    return Math.hypot(a[2 * pointOfA] - b[2 * pointOfB], a[2 * pointOfA + 1] - b[2 * pointOfB + 1]);
  }

  private static RgbImage read(Path file) throws IOException {
    BufferedImage image = ImageIO.read(file.toFile());
    RgbImage picture = RgbImage.black(image.getWidth(), image.getHeight());
    for (int i = 0; i < image.getWidth() * image.getHeight(); i++) {
      int rgb = image.getRGB(i % image.getWidth(), i / image.getWidth());
      picture.pixels()[3 * i] = (byte) (rgb >> 16);
      picture.pixels()[3 * i + 1] = (byte) (rgb >> 8);
      picture.pixels()[3 * i + 2] = (byte) rgb;
    }
    return picture;
  }
}
