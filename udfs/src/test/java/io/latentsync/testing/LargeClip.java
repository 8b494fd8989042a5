package io.latentsync.testing;

import static org.bytedeco.opencv.global.opencv_core.CV_8UC3;

import io.latentsync.image.RgbImage;
import io.latentsync.media.video.EncoderOptions;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.media.video.VideoWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Size;

/**
 * A large video for benchmarks: the demonstration's head, enlarged, in front of a moving pattern,
 * with noise as of a camera. The aligned face is about a third as high as the picture.
 */
public final class LargeClip {
  /** Side of the head's square as a share of the picture's height. */
  private static final double HEAD = 0.62;

  private static final EncoderOptions ENCODING =
      new EncoderOptions(20, EncoderOptions.Preset.VERYFAST, 2);

  private LargeClip() {}

  /**
   * Writes a video with an aspect ratio of 16:9.
   *
   * @param file an mp4
   * @param height of the pictures, even
   * @param frames at most those of the sample clip
   */
  public static void write(Path file, int height, int frames) throws IOException {
    VideoProbe like = VideoProbe.ofPictures(height * 16 / 9, height);
    Path folder = Files.createTempDirectory("large-clip");
    Path sample = Clips.sample("clip1.mp4", folder);
    try (VideoReader reader = VideoReader.open(sample, VideoProbe.of(sample));
        VideoWriter writer = VideoWriter.open(file, like, ENCODING)) {
      for (int i = 0; i < frames; i++) {
        try (VideoFrame head = reader.read(i);
            VideoFrame frame = VideoFrame.of(picture(head.toRgb(), like, i), like)) {
          writer.write(frame);
        }
      }
      writer.finish();
    } finally {
      Files.delete(sample);
      Files.delete(folder);
    }
  }

  private static RgbImage picture(RgbImage head, VideoProbe like, int frame) {
    int side = (int) (HEAD * like.height());
    byte[] enlarged = enlarged(head, side);
    int left = (like.width() - side) / 2;
    int top = like.height() - side;
    Random random = new Random(frame);
    RgbImage picture = RgbImage.black(like.width(), like.height());
    byte[] pixels = picture.pixels();
    for (int y = 0; y < like.height(); y++) {
      for (int x = 0; x < like.width(); x++) {
        boolean inside = x >= left && x < left + side && y >= top;
        double wave = Math.sin((x + frame) / 97.0) * Math.cos((y - frame / 2.0) / 133.0);
        int noise = random.nextInt(5) - 2;
        for (int c = 0; c < 3; c++) {
          int at = 3 * (y * like.width() + x) + c;
          int level =
              inside
                  ? enlarged[3 * ((y - top) * side + x - left) + c] & 255
                  : (int) (110 + 50 * wave + 10 * c);
          pixels[at] = (byte) Math.max(0, Math.min(255, level + noise));
        }
      }
    }
    return picture;
  }

  private static byte[] enlarged(RgbImage image, int side) {
    byte[] result = new byte[3 * side * side];
    try (BytePointer pixels = new BytePointer(image.pixels());
        Mat source = new Mat(image.height(), image.width(), CV_8UC3, pixels);
        Mat target = new Mat();
        Size size = new Size(side, side)) {
      opencv_imgproc.resize(source, target, size, 0, 0, opencv_imgproc.INTER_CUBIC);
      target.data().get(result);
    }
    return result;
  }
}
