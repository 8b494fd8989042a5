package io.latentsync.testing;

import io.latentsync.image.RgbImage;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.media.video.VideoWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Puts together videos with cuts, dissolves, fades and flashes from the pictures of others. */
public final class MadeShots {
  private final List<RgbImage> pictures = new ArrayList<>();

  /** The first pictures of a video. */
  public static List<RgbImage> pictures(Path video, int frames) throws IOException {
    List<RgbImage> pictures = new ArrayList<>();
    try (VideoReader reader = VideoReader.open(video, VideoProbe.of(video))) {
      for (int i = 0; i < frames; i++) {
        try (VideoFrame frame = reader.read(i)) {
          pictures.add(frame.toRgb());
        }
      }
    }
    return pictures;
  }

  /** A picture of one colour. */
  public static RgbImage plain(RgbImage like, int level) {
    byte[] pixels = new byte[like.pixels().length];
    Arrays.fill(pixels, (byte) level);
    return new RgbImage(like.width(), like.height(), pixels);
  }

  /**
   * A mixture of two pictures.
   *
   * @param share of the second, 0 to 1
   */
  public static RgbImage mix(RgbImage one, RgbImage other, double share) {
    byte[] pixels = new byte[one.pixels().length];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] =
          (byte)
              Math.round(
                  (1 - share) * (one.pixels()[i] & 0xff) + share * (other.pixels()[i] & 0xff));
    }
    return new RgbImage(one.width(), one.height(), pixels);
  }

  /** A picture that is enlarged about its centre, by whole pixels without filtering. */
  public static RgbImage enlarged(RgbImage picture, double factor) {
    byte[] pixels = new byte[picture.pixels().length];
    for (int y = 0; y < picture.height(); y++) {
      for (int x = 0; x < picture.width(); x++) {
        int u = (int) (picture.width() / 2.0 + (x - picture.width() / 2.0) / factor);
        int v = (int) (picture.height() / 2.0 + (y - picture.height() / 2.0) / factor);
        for (int c = 0; c < 3; c++) {
          pixels[3 * (y * picture.width() + x) + c] =
              picture.pixels()[3 * (v * picture.width() + u) + c];
        }
      }
    }
    return new RgbImage(picture.width(), picture.height(), pixels);
  }

  /** Adds pictures after a hard cut. */
  public MadeShots cut(List<RgbImage> shot) {
    pictures.addAll(shot);
    return this;
  }

  /**
   * Adds pictures, the first of which are mixed with the last ones so far.
   *
   * @param frames of the dissolve
   */
  public MadeShots dissolve(List<RgbImage> shot, int frames) {
    int start = pictures.size() - frames;
    for (int i = 0; i < frames; i++) {
      pictures.set(start + i, mix(pictures.get(start + i), shot.get(i), (i + 1.0) / (frames + 1)));
    }
    pictures.addAll(shot.subList(frames, shot.size()));
    return this;
  }

  /** Lightens some of the pictures so far. */
  public MadeShots flash(int first, int frames) {
    for (int i = first; i < first + frames; i++) {
      pictures.set(i, mix(pictures.get(i), plain(pictures.get(i), 255), 0.7));
    }
    return this;
  }

  /** Fades the last pictures so far to black, and adds pictures that are faded in. */
  public MadeShots fade(List<RgbImage> shot, int frames) {
    for (int i = 0; i < frames; i++) {
      int last = pictures.size() - frames + i;
      RgbImage black = plain(pictures.get(last), 0);
      pictures.set(last, mix(pictures.get(last), black, (i + 1.0) / frames));
    }
    for (int i = 0; i < shot.size(); i++) {
      RgbImage picture = shot.get(i);
      pictures.add(i < frames ? mix(plain(picture, 0), picture, (i + 1.0) / frames) : picture);
    }
    return this;
  }

  /** Writes the video, at 25 frames a second without sound. */
  public Path write(Path video) throws IOException {
    RgbImage first = pictures.get(0);
    VideoProbe like = VideoProbe.ofPictures(first.width(), first.height());
    try (VideoWriter writer = VideoWriter.open(video, like)) {
      for (RgbImage picture : pictures) {
        try (VideoFrame frame = VideoFrame.of(picture, like)) {
          writer.write(frame);
        }
      }
      writer.finish();
    }
    return video;
  }
}
