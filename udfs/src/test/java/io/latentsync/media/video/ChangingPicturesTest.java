package io.latentsync.media.video;

import static io.latentsync.testing.FfmpegProgram.ffmpeg;
import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.image.RgbImage;
import io.latentsync.testing.Distances;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Videos whose pictures change their format in mid-stream, as in recorded calls and concatenated
 * clips. Expected pictures come from the ffmpeg program, which scales all to the first picture's
 * size.
 */
@Tag("slow")
class ChangingPicturesTest {
  private static final int PART = 4;

  /**
   * Largest mean difference, in grey levels, between scaling before and after the conversion to
   * RGB.
   */
  private static final double CLOSE = 2.5;

  @TempDir static Path folder;

  /** Cache of the encoded parts, by their parameters. */
  private static final Map<String, byte[]> PARTS = new HashMap<>();

  static Stream<Arguments> changes() {
    List<Arguments> all = new ArrayList<>();
    for (String size : new String[] {"256x192", "64x48", "96x128"}) {
      for (String matrix : new String[] {"0", "90", "180", "270", "0 -display_hflip"}) {
        for (String kind :
            new String[] {"yuv420p", "yuv420p10le", "yuv422p", "yuvj420p -color_range pc"}) {
          all.add(Arguments.of(size, matrix, kind));
        }
      }
    }
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("changes")
  void laterPicturesTakeTheSizeAndTheColoursOfTheFirst(String size, String matrix, String kind)
      throws IOException {
    Path file = turned(matrix, part("128x96", "yuv420p"), part(size, kind));
    VideoProbe probe = VideoProbe.of(file);
    boolean lies = matrix.equals("90") || matrix.equals("270");
    assertThat(List.of(probe.width(), probe.height(), probe.frames()))
        .isEqualTo(List.of(lies ? 96 : 128, lies ? 128 : 96, 2 * PART));
    assertLikeFfmpegs(file, probe);
  }

  @Test
  void repeatedChangesAreFollowedInAnyOrder() throws IOException {
    Path file =
        turned(
            "90",
            part("128x96", "yuv420p"),
            part("64x48", "yuv420p"),
            part("256x192", "yuv420p"),
            part("96x128", "yuv422p"),
            part("64x64", "yuv420p10le"),
            part("128x96", "yuv420p"));
    VideoProbe probe = VideoProbe.of(file);
    List<RgbImage> forward = assertLikeFfmpegs(file, probe);
    try (VideoReader reader = VideoReader.open(file, probe)) {
      for (int i = probe.frames() - 1; i >= 0; i--) {
        try (VideoFrame frame = reader.read(i)) {
          assertThat(frame.toRgb().pixels()).isEqualTo(forward.get(i).pixels());
          assertThat(frame.isConverted()).isEqualTo(i >= PART && i < 5 * PART);
        }
      }
    }
  }

  @Test
  void anOrientationInTheBitstreamIsFollowedWhereItChanges() throws IOException {
    byte[] plain = part("128x96", "yuv420p");
    Path file = turned("0", oriented(plain, 90), plain, oriented(plain, 180), oriented(plain, 270));
    VideoProbe probe = VideoProbe.of(file);
    assertThat(List.of(probe.width(), probe.height())).isEqualTo(List.of(96, 128));
    assertLikeFfmpegs(file, probe);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void aPhotoIsRotatedByItsExifOrientation(int orientation) throws IOException {
    Path plain = folder.resolve("plain.jpg");
    ffmpeg(
        ("-f lavfi -i testsrc2=s=128x96,gblur=6 -frames:v 1 -update 1 -q:v 2 " + plain).split(" "));
    byte[] jpeg = Files.readAllBytes(plain);
    // An APP1 segment with one tag, the orientation, after the start of the image.
    byte[] exif = {
      (byte) 0xff,
      (byte) 0xe1,
      0,
      34,
      'E',
      'x',
      'i',
      'f',
      0,
      0,
      'M',
      'M',
      0,
      42,
      0,
      0,
      0,
      8,
      0,
      1,
      1,
      18,
      0,
      3,
      0,
      0,
      0,
      1,
      0,
      (byte) orientation,
      0,
      0,
      0,
      0,
      0,
      0
    };
    ByteArrayOutputStream tagged = new ByteArrayOutputStream();
    tagged.write(jpeg, 0, 2);
    tagged.write(exif);
    tagged.write(jpeg, 2, jpeg.length - 2);
    Path photo = write("photo.jpg", tagged.toByteArray());
    VideoProbe probe = VideoProbe.of(photo);
    assertThat(List.of(probe.width(), probe.height()))
        .isEqualTo(orientation < 5 ? List.of(128, 96) : List.of(96, 128));
    assertLikeFfmpegs(photo, probe);
  }

  /** Puts the orientation into the first picture; it applies until the next keyframe. */
  private static byte[] oriented(byte[] part, int degrees) throws IOException {
    return ffmpeg(
        "-i",
        write("plain.h264", part).toString(),
        "-c",
        "copy",
        "-bsf:v",
        "h264_metadata=display_orientation=insert:rotate=" + degrees,
        "-f",
        "h264",
        "-");
  }

  /** The same colours, tagged and stored in two ways. */
  @Test
  void coloursStayWhenTheirTagsChange() throws IOException {
    String colours =
        "yuv420p -vf scale=out_color_matrix=%s:out_range=%s,format=yuv420p"
            + " -colorspace %s -color_range %s";
    Path file =
        turned(
            "0",
            part("128x96", colours.formatted("bt601", "tv", "smpte170m", "tv")),
            part("128x96", colours.formatted("bt709", "pc", "bt709", "pc")),
            part("128x96", colours.formatted("bt2020", "tv", "bt2020nc", "tv")));
    VideoProbe probe = VideoProbe.of(file);
    List<RgbImage> pictures = assertLikeFfmpegs(file, probe);
    List<RgbImage> written = written(file, probe);
    for (int part = 1; part < 3; part++) {
      assertThat(Distances.greyLevels(pictures.get(part * PART), pictures.get(0)))
          .isLessThan(1.5 * CLOSE);
      assertThat(Distances.greyLevels(written.get(part * PART), written.get(0)))
          .isLessThan(1.5 * CLOSE);
      // Ignoring the tags would give a larger error.
      assertThat(Distances.greyLevels(pictures.get(part * PART), misread(file, part * PART, probe)))
          .isGreaterThan(2 * CLOSE);
    }
  }

  /** A picture that is decoded with the tags of the first. */
  private static RgbImage misread(Path file, int frame, VideoProbe probe) {
    byte[] samples =
        ffmpeg(
            "-i",
            file.toString(),
            "-vf",
            "setparams=colorspace=smpte170m:range=tv,scale,format=rgb24",
            "-f",
            "rawvideo",
            "-");
    int size = 3 * probe.width() * probe.height();
    return new RgbImage(
        probe.width(),
        probe.height(),
        Arrays.copyOfRange(samples, frame * size, (frame + 1) * size));
  }

  /** Compares the frames read and the frames written with those of the ffmpeg program. */
  private static List<RgbImage> assertLikeFfmpegs(Path file, VideoProbe probe) throws IOException {
    byte[] reference = ffmpeg("-i", file.toString(), "-f", "rawvideo", "-pix_fmt", "rgb24", "-");
    int size = 3 * probe.width() * probe.height();
    assertThat(reference.length).isEqualTo(size * probe.frames());
    List<RgbImage> written = written(file, probe);
    List<RgbImage> pictures = new ArrayList<>();
    try (VideoReader reader = VideoReader.open(file, probe)) {
      for (int i = 0; i < probe.frames(); i++) {
        RgbImage expected =
            new RgbImage(
                probe.width(),
                probe.height(),
                Arrays.copyOfRange(reference, i * size, (i + 1) * size));
        try (VideoFrame frame = reader.read(i)) {
          pictures.add(frame.toRgb());
        }
        assertThat(Distances.greyLevels(pictures.get(i), expected))
            .as("read %d", i)
            .isLessThan(CLOSE);
        assertThat(Distances.greyLevels(written.get(i), expected))
            .as("written %d", i)
            .isLessThan(2 * CLOSE);
      }
    }
    return pictures;
  }

  private static List<RgbImage> written(Path file, VideoProbe probe) throws IOException {
    Path output = folder.resolve("written.mp4");
    try (VideoReader reader = VideoReader.open(file, probe);
        VideoWriter writer = VideoWriter.open(output, probe)) {
      for (int i = 0; i < probe.frames(); i++) {
        try (VideoFrame frame = reader.read(i)) {
          writer.write(frame);
        }
      }
      writer.finish();
    }
    VideoProbe result = VideoProbe.of(output);
    try (VideoReader reader = VideoReader.open(output, result)) {
      List<RgbImage> pictures = new ArrayList<>();
      for (int i = 0; i < result.frames(); i++) {
        try (VideoFrame frame = reader.read(i)) {
          pictures.add(frame.toRgb());
        }
      }
      return pictures;
    }
  }

  /** Some H.264 pictures: a soft test picture in motion. */
  private static byte[] part(String size, String format) {
    return PARTS.computeIfAbsent(
        size + " " + format,
        key ->
            ffmpeg(
                ("-f lavfi -i testsrc2=s=512x384:r=25,gblur=6,scale=%s,setsar=1 -frames:v %d -c:v libx264"
                        + " -preset ultrafast -qp 10 -bf 0 -pix_fmt %s -f h264 -")
                    .formatted(size.replace('x', ':'), PART, format)
                    .split(" ")));
  }

  /** Concatenates the parts and adds a display matrix. */
  private static Path turned(String matrix, byte[]... parts) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.write(part);
    }
    Path stream = write("stream.h264", all.toByteArray());
    Path file = folder.resolve("changing.mp4");
    List<String> command = new ArrayList<>(List.of("-r", "25"));
    if (!matrix.equals("0")) {
      command.add("-display_rotation");
      Collections.addAll(command, matrix.split(" "));
    }
    Collections.addAll(command, "-i", stream.toString(), "-c", "copy", file.toString());
    ffmpeg(command.toArray(String[]::new));
    return file;
  }

  private static Path write(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }
}
