package io.latentsync.media;

import static io.latentsync.testing.FfmpegProgram.ffmpeg;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.media.sound.AudioReader;
import io.latentsync.media.video.VideoProbe;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Files that an attacker could send to read other files or to stop the process. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class InputFileTest {
  private static final String LIVE = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n";

  @TempDir Path folder;

  private Path make(String name, String arguments) {
    Path file = folder.resolve(name);
    List<String> command = new ArrayList<>(List.of(arguments.split(" ")));
    // The program reads a percent sign of its output as a pattern.
    command.addAll(
        List.of("-y", folder.resolve("made." + name.replaceAll(".*\\.", "")).toString()));
    ffmpeg(command.toArray(String[]::new));
    try {
      return Files.move(Path.of(command.get(command.size() - 1)), file);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A list of one file that is readable by itself. */
  record Listing(String format, String name, String text) {}

  static Stream<Listing> lists() {
    return Stream.of(
        new Listing("concat", "list.mp4", "ffconcat version 1.0\nfile secret.ts\n"),
        new Listing("hls", "list.m3u8", LIVE + "#EXTINF:1,\nSECRET\n#EXT-X-ENDLIST\n"),
        new Listing("hls", "live.m3u8", LIVE + "#EXTINF:1,\nsecret.ts\n"),
        new Listing("hls", "empty.m3u8", LIVE),
        new Listing(
            "dash",
            "list.mpd",
            """
            <?xml version="1.0"?>
            <MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"
                profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period><AdaptationSet>
            <Representation id="1" mimeType="video/mp4"><BaseURL>secret.ts</BaseURL>
            </Representation></AdaptationSet></Period></MPD>
            """),
        new Listing(
            "imf",
            "list.xml",
            "<?xml version=\"1.0\"?>\n<CompositionPlaylist><ContentTitle>a</ContentTitle></CompositionPlaylist>"),
        new Listing("sdp", "list.sdp", "v=0\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 32\n"));
  }

  @ParameterizedTest
  @MethodSource("lists")
  void listsOfOtherFilesAreRefusedByTheirFormat(Listing listing) throws IOException {
    Path secret = make("secret.ts", "-f lavfi -i testsrc2=s=128x96:d=1 -c:v mpeg2video");
    String text = listing.text().replace("SECRET", secret.toString());
    Path list = Files.writeString(folder.resolve(listing.name()), text);
    assertThatThrownBy(() -> VideoProbe.of(list))
        .isInstanceOf(MediaException.class)
        .hasMessage(
            "%s: is a playlist or list of other files (%s), which is not opened; give the media"
                    .formatted(list, listing.format())
                + " file itself");
    assertThatThrownBy(() -> AudioReader.probe(list))
        .hasMessageContaining("list of other files (%s)".formatted(listing.format()));
    assertThat(VideoProbe.of(secret).frames()).isEqualTo(25);
  }

  /** FFmpeg also recognises a playlist by its name. */
  @Test
  void aPlaylistWithTheNameOfAVideoIsRefused() throws IOException {
    Path list =
        Files.writeString(
            folder.resolve("list.mp4"), LIVE + "#EXTINF:1,\nsecret.ts\n#EXT-X-ENDLIST\n");
    assertThatThrownBy(() -> VideoProbe.of(list))
        .hasMessageContaining(list + ": is not a media file that FFmpeg can read");
  }

  @Test
  void textIsRefusedByItsFormat() throws IOException {
    Path text = Files.writeString(folder.resolve("letter.txt"), "Dear video,\n".repeat(500));
    assertThatThrownBy(() -> VideoProbe.of(text))
        .hasMessage(
            text
                + ": has the format tty, which is not opened; give a common format such as MP4, WAV"
                + " or PNG");
  }

  /** The samples of a MOV may be in another file, which its data reference names. */
  @Test
  void aMovieDoesNotReadItsSamplesFromAnotherFile() throws IOException {
    Path secret = make("secret.mov", "-f lavfi -i testsrc2=s=128x96:d=1 -c:v mjpeg");
    assertThat(VideoProbe.of(secret).frames()).isEqualTo(25);
    Path movie = Files.write(folder.resolve("movie.mov"), referring(secret));
    assertThatThrownBy(() -> VideoProbe.of(movie))
        .isInstanceOf(MediaException.class)
        .hasMessage(movie + ": has a video stream without pictures");
  }

  /** A movie whose data reference to itself is replaced by one to the same file by path. */
  private static byte[] referring(Path movie) throws IOException {
    String bytes = new String(Files.readAllBytes(movie), StandardCharsets.ISO_8859_1);
    String self = "\0\0\0\u000curl \0\0\0\u0001";
    assertThat(bytes).containsOnlyOnce(self);
    byte[] path = movie.toString().getBytes(StandardCharsets.UTF_8);
    byte[] file = movie.getFileName().toString().getBytes(StandardCharsets.UTF_8);
    int size = 162 + 4 + path.length + path.length % 2 + 4;
    ByteBuffer alias = ByteBuffer.allocate(size);
    alias.putInt(alias.capacity()).put("alis\0\0\0\0".getBytes(StandardCharsets.US_ASCII));
    alias.position(12 + 10).put((byte) 1).put((byte) '/');
    alias.position(12 + 10 + 28 + 12).put((byte) file.length).put(file);
    alias.position(12 + 10 + 28 + 12 + 64 + 16).putShort((short) 0).putShort((short) 1);
    alias.position(12 + 10 + 28 + 12 + 64 + 16 + 4 + 16);
    alias.putShort((short) 2).putShort((short) path.length).put(path);
    alias.position(alias.position() + path.length % 2).putShort((short) -1).putShort((short) 0);
    int longer = alias.capacity() - self.length();
    StringBuilder changed = new StringBuilder(bytes);
    for (String box : List.of("moov", "trak", "mdia", "minf", "dinf", "dref")) {
      // The file has no sound track, and its samples do not contain these words.
      int at = changed.lastIndexOf(box) - 4;
      ByteBuffer length = ByteBuffer.allocate(4);
      for (int i = 0; i < 4; i++) {
        length.put((byte) changed.charAt(at + i));
      }
      length.putInt(0, length.getInt(0) + longer);
      changed.replace(at, at + 4, new String(length.array(), StandardCharsets.ISO_8859_1));
    }
    int at = changed.indexOf(self);
    changed.replace(at, at + self.length(), new String(alias.array(), StandardCharsets.ISO_8859_1));
    return changed.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Subtitles in two files, one of which names the other. */
  @Test
  void subtitlesThatAreInAnotherFileAreNotRead() throws IOException {
    Path index =
        Files.writeString(
            folder.resolve("titles.idx"),
            """
            # VobSub index file, v7
            size: 720x576
            id: en, index: 0
            timestamp: 00:00:01:000, filepos: 000000000
            """);
    Files.copy(
        make("titles.mpg", "-f lavfi -i testsrc2=s=128x96:d=1 -c:v mpeg2video"),
        folder.resolve("titles.sub"));
    assertThatThrownBy(() -> VideoProbe.of(index))
        .hasMessage(
            index
                + ": is a playlist or list of other files (vobsub), which is not opened; give the"
                + " media file itself");
  }

  @Test
  void aNameThatLooksLikeAPatternIsOneFile() throws IOException {
    make("img001.png", "-f lavfi -i color=black:s=64x48 -frames:v 1");
    make("img002.png", "-f lavfi -i color=black:s=64x48 -frames:v 1");
    Path pattern = make("img%03d.png", "-f lavfi -i color=white:s=32x24 -frames:v 1");
    VideoProbe probe = VideoProbe.of(pattern);
    assertThat(probe.width()).isEqualTo(32);
    assertThat(probe.frames()).isEqualTo(1);
  }

  @Test
  void rawPixelsWhosePlanesAreInOtherFilesAreRefused() throws IOException {
    Path luma = Files.write(folder.resolve("picture.y"), new byte[352 * 288]);
    Files.write(folder.resolve("picture.U"), new byte[176 * 144]);
    Files.write(folder.resolve("picture.V"), new byte[176 * 144]);
    assertThatThrownBy(() -> VideoProbe.of(luma))
        .hasMessage(
            luma + ": is named as raw pixels without a header, which are not opened; give a PNG");
  }

  @Test
  void pipesAreRefusedUnderAnyName() throws Exception {
    Path pipe = folder.resolve("pipe.mp4");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Path link = Files.createSymbolicLink(folder.resolve("link.mp4"), pipe);
    for (Path name : List.of(pipe, link)) {
      assertThatThrownBy(() -> VideoProbe.of(name))
          .hasMessage(name + ": is a device, pipe or socket, but must be a file");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "png, png",
    "jpg, mjpeg",
    "bmp, bmp",
    "tiff, tiff",
    "webp, libwebp",
    "gif, gif",
    "apng, apng",
    "tga, targa",
    "ppm, ppm",
    "qoi, qoi"
  })
  void stillPicturesAreOpened(String ending, String codec) throws IOException {
    Path still = make("still." + ending, "-f lavfi -i testsrc2=s=64x48 -frames:v 1 -c:v " + codec);
    VideoProbe probe = VideoProbe.of(still);
    assertThat(probe.width()).isEqualTo(64);
    assertThat(probe.frames()).isEqualTo(1);
    if (!ending.equals("tga")) { // A Targa file has no signature.
      Path misnamed = Files.copy(still, folder.resolve("still.mp4"));
      assertThat(VideoProbe.of(misnamed).width()).isEqualTo(64);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "3gp, mpeg4",
    "flv, flv1",
    "m2ts, mpeg2video",
    "vob, mpeg2video",
    "asf, wmv1",
    "wmv, wmv2",
    "ogv, libvpx",
    "rm, rv10",
    "mxf, mpeg2video",
    "nut, ffv1",
    "wtv, mpeg2video",
    "hevc, libx265",
    "h264, libx264",
    "ivf, libvpx",
    "obu, libsvtav1",
    "m2v, mpeg2video",
    "mjpeg, mjpeg",
    "y4m, rawvideo",
    "mkv, ffv1",
    "webm, libvpx",
    "avi, mpeg4",
    "mov, prores",
    "m4v, mpeg4",
    "ts, mpeg2video",
    "mpg, mpeg1video",
    "mp4, libx264"
  })
  void videosAreOpenedInTheFormatsOfTheSupportMatrix(String ending, String codec)
      throws IOException {
    Path video =
        make(
            "video." + ending,
            "-f lavfi -i testsrc2=s=128x96:r=25 -frames:v 5 -strict -2 -pix_fmt %s -c:v %s"
                .formatted(codec.equals("prores") ? "yuv422p10le" : "yuv420p", codec));
    assertThat(VideoProbe.of(video).width()).isEqualTo(128);
  }

  @Test
  void digitalVideoTapesAreOpened() throws IOException {
    Path video =
        make(
            "tape.dv",
            "-f lavfi -i testsrc2=s=720x576:r=25 -frames:v 5 -c:v dvvideo -pix_fmt yuv420p");
    assertThat(VideoProbe.of(video).frames()).isEqualTo(5);
  }

  @ParameterizedTest
  @CsvSource({
    "wav, pcm_s16le, 48000", "aiff, pcm_s16be, 48000", "au, pcm_s16be, 48000", "caf, alac, 48000",
    "w64, pcm_s16le, 48000", "flac, flac, 48000", "mp3, libmp3lame, 48000", "m4a, aac, 48000",
    "aac, aac, 48000", "latm, aac, 48000", "ogg, flac, 48000", "opus, libopus, 48000",
    "mka, flac, 48000", "weba, libopus, 48000", "ac3, ac3, 48000", "eac3, eac3, 48000",
    "dts, dca, 48000", "thd, truehd, 48000", "mp2, mp2, 48000", "amr, libopencore_amrnb, 8000",
    "wma, wmav2, 48000", "tta, tta, 48000", "wv, wavpack, 48000", "voc, pcm_u8, 20000",
    "spx, libspeex, 16000", "sbc, sbc, 48000"
  })
  void soundIsOpenedInTheFormatsOfTheSupportMatrix(String ending, String codec, int rate)
      throws IOException {
    Path sound =
        make(
            "sound." + ending,
            "-f lavfi -i sine=r=%d:d=1 -ac 1 -strict -2 %s-c:a %s"
                .formatted(rate, ending.equals("weba") ? "-f webm " : "", codec));
    assertThat(AudioReader.probe(sound).sampleRate()).isEqualTo(rate);
  }
}
