package io.latentsync.job.bench;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The containers, codecs and kinds of sound that {@link OddInputs} combines, with the arguments of
 * the ffmpeg program for making them.
 */
public final class OddInputKinds {
  private OddInputKinds() {}

  /**
   * A video codec.
   *
   * @param arguments of the ffmpeg program, the encoder among them
   * @param pixelFormats FFmpeg's names
   * @param rates frames a second
   * @param sizes such as {@code 256x256}
   */
  public record VideoCodec(
      List<String> arguments, List<String> pixelFormats, List<String> rates, List<String> sizes) {}

  /**
   * A sound codec.
   *
   * @param arguments of the ffmpeg program, the encoder among them
   * @param rates samples a second
   * @param channels numbers of channels
   */
  public record SoundCodec(List<String> arguments, List<String> rates, List<String> channels) {}

  /**
   * The codecs that a file format may contain.
   *
   * @param videos names of video codecs; empty for sound alone
   * @param sounds names of sound codecs; empty for pictures alone
   */
  public record Format(List<String> videos, List<String> sounds) {}

  private static final String ANY_RATE = "10 12.5 15 24000/1001 24 25 30000/1001 30 50 60";
  private static final String TV_RATE = "24000/1001 24 25 30000/1001 30 50";
  private static final String ANY_SIZE = "256x256 320x240 240x320 254x258";

  /** Name | encoder | pixel formats | rates | sizes. */
  private static final String VIDEOS =
      """
      h264      | libx264 -preset ultrafast | yuv420p yuv422p yuv444p yuvj420p yuv420p10le gray nv12 | any | any
      hevc      | libx265 -preset ultrafast -x265-params log-level=none | yuv420p yuv420p10le yuv422p10le yuv444p gray | any | any
      av1       | libsvtav1 -preset 12 -svtav1-params lp=1 | yuv420p yuv420p10le | any | any
      vp8       | libvpx -deadline realtime -cpu-used 8 | yuv420p | any | any
      vp9       | libvpx-vp9 -deadline realtime -cpu-used 8 | yuv420p yuv422p yuv444p gbrp | any | any
      mpeg4     | mpeg4 -q:v 4 | yuv420p | any | any
      mpeg2     | mpeg2video -q:v 4 | yuv420p yuv422p | tv | any
      mpeg1     | mpeg1video -q:v 4 | yuv420p | tv | any
      msmpeg4v3 | msmpeg4 -q:v 4 | yuv420p | any | any
      msmpeg4v2 | msmpeg4v2 -q:v 4 | yuv420p | any | any
      wmv1      | wmv1 -q:v 4 | yuv420p | any | any
      wmv2      | wmv2 -q:v 4 | yuv420p | any | any
      flv1      | flv -q:v 4 | yuv420p | any | any
      flashsv   | flashsv | bgr24 | any | any
      h263      | h263 -q:v 4 | yuv420p | 30000/1001 25 | 352x288
      h263p     | h263p -q:v 4 | yuv420p | any | 256x256
      h261      | h261 -q:v 4 | yuv420p | 30000/1001 | 352x288
      rv10      | rv10 -q:v 4 | yuv420p | any | 256x256
      rv20      | rv20 -q:v 4 | yuv420p | any | 256x256
      svq1      | svq1 | yuv410p | any | 256x256
      mjpeg     | mjpeg -q:v 3 | yuvj420p yuvj422p yuvj444p | any | any
      jpeg2000  | jpeg2000 | yuv420p rgb24 gray yuv444p | any | 256x256
      prores    | prores_ks | yuv422p10le yuv444p10le yuva444p10le | any | any
      dnxhr     | dnxhd -profile:v dnxhr_sq | yuv422p | any | 256x256 320x240
      dv        | dvvideo -frames:v 12 | yuv420p | 25 | 720x576
      cineform  | cfhd | yuv422p10le gbrp12le | any | 256x256
      qtrle     | qtrle | rgb24 argb gray rgb555be | any | any
      png       | png | rgb24 rgba gray rgb48be pal8 ya8 | any | any
      cinepak   | cinepak | rgb24 | 10 15 | 128x128
      msvideo1  | msvideo1 | rgb555le | any | 256x256
      zmbv      | zmbv | bgr0 pal8 | any | any
      huffyuv   | huffyuv | yuv422p rgb24 bgra | any | 256x256
      ffvhuff   | ffvhuff | yuv420p yuv444p10le gray16le | any | any
      utvideo   | utvideo | yuv420p yuv444p gbrp gbrap | any | 256x256
      magicyuv  | magicyuv | yuv420p gbrp gray | any | any
      ffv1      | ffv1 | yuv420p yuv410p yuv411p yuv440p yuva420p gbrp16le gray gray10le bgra | any | any 255x257
      rawvideo  | rawvideo | yuv420p yuyv422 uyvy422 bgr24 rgb565le | any | 256x256
      raw-in-nut| rawvideo | yuv420p gray16be rgba64le gbrpf32le yuv444p16le rgb4_byte monob p010le nv21 xyz12le ya16le | any | any
      v210      | v210 | yuv422p10le | any | 256x256
      vc2       | vc2 | yuv420p yuv444p10le | any | 256x256
      snow      | snow -strict -2 | yuv420p yuv444p | any | any
      gif       | gif | pal8 rgb8 | 10 25 | any
      apng      | apng | rgb24 rgba | any | any
      webp      | libwebp_anim | yuv420p bgra | any | any
      raw-y4m   | wrapped_avframe | yuv420p yuv444p gray | any | any
      png-still | png -frames:v 1 -update 1 | rgb24 rgba gray | 25 | any
      jpg-still | mjpeg -frames:v 1 -update 1 | yuvj420p yuvj444p | 25 | any
      webp-still| libwebp -frames:v 1 -update 1 | yuv420p bgra | 25 | any
      bmp       | bmp -frames:v 1 -update 1 | bgr24 | 25 | any
      tiff      | tiff -frames:v 1 -update 1 | rgb24 rgb48le | 25 | any
      """;

  /** Name | encoder | rates | channels. */
  private static final String SOUNDS =
      """
      aac        | aac | 8000 22050 44100 48000 96000 | 1 2 6
      mp3        | libmp3lame | 16000 44100 48000 | 1 2
      mp2        | mp2 | 32000 44100 48000 | 1 2
      ac3        | ac3 | 32000 44100 48000 | 1 2 6
      eac3       | eac3 | 44100 48000 | 1 2 6
      dts        | dca -strict -2 | 48000 | 2 6
      truehd     | truehd -strict -2 | 48000 96000 | 2 6
      opus       | libopus | 16000 48000 | 1 2 6
      vorbis     | vorbis -strict -2 | 44100 48000 | 2
      flac       | flac | 16000 44100 96000 | 1 2 8
      alac       | alac | 44100 48000 | 1 2
      tta        | tta | 44100 | 1 2
      wavpack    | wavpack | 44100 48000 | 1 2
      speex      | libspeex | 8000 16000 32000 | 1 2
      speex-flv  | libspeex | 16000 | 1
      amr-nb     | libopencore_amrnb | 8000 | 1
      amr-wb     | libvo_amrwbenc | 16000 | 1
      wma1       | wmav1 | 22050 44100 | 1 2
      wma2       | wmav2 | 22050 44100 | 1 2
      nellymoser | nellymoser | 8000 44100 | 1
      real-144   | real_144 | 8000 | 1
      g722       | g722 | 16000 | 1
      g726       | g726 -b:a 32k | 8000 | 1
      g723.1     | g723_1 -b:a 6300 | 8000 | 1
      sbc        | sbc | 44100 | 2
      aptx       | aptx | 48000 | 2
      adpcm-ms   | adpcm_ms | 22050 44100 | 1 2
      adpcm-ima  | adpcm_ima_wav | 22050 44100 | 1 2
      adpcm-qt   | adpcm_ima_qt | 44100 | 1 2
      adpcm-swf  | adpcm_swf | 11025 44100 | 1 2
      adpcm-yamaha | adpcm_yamaha | 22050 | 1 2
      s302m      | s302m -strict -2 | 48000 | 2
      pcm-bluray | pcm_bluray | 48000 96000 | 2 6
      pcm-dvd    | pcm_dvd | 48000 | 2
      pcm-u8     | pcm_u8 | 8000 44100 | 1 2
      pcm-s8     | pcm_s8 | 8000 44100 | 1 2
      pcm-s16    | pcm_s16le | 8000 11025 44100 48000 192000 | 1 2 3 6 8 12
      pcm-s16-48k| pcm_s16le | 48000 | 2
      pcm-s16be  | pcm_s16be | 44100 48000 | 1 2
      pcm-s24    | pcm_s24le | 44100 96000 | 1 2
      pcm-s24be  | pcm_s24be | 44100 96000 | 1 2
      pcm-s32    | pcm_s32le | 44100 | 1 2
      pcm-s32be  | pcm_s32be | 44100 | 1 2
      pcm-s64    | pcm_s64le | 44100 | 1
      pcm-f32    | pcm_f32le | 44100 48000 | 1 2
      pcm-f64    | pcm_f64le | 44100 | 1 2
      pcm-f32be  | pcm_f32be | 44100 | 1 2
      pcm-alaw   | pcm_alaw | 8000 44100 | 1 2
      pcm-mulaw  | pcm_mulaw | 8000 44100 | 1 2
      """;

  /** Ending | video codecs | sound codecs. */
  private static final String FORMATS =
      """
      mp4  | h264 hevc av1 vp9 mpeg4 mpeg2 mpeg1 mjpeg h264 hevc | aac mp3 mp2 ac3 eac3 opus flac alac dts truehd
      mov  | h264 hevc prores dnxhr cineform mjpeg qtrle png v210 svq1 cinepak jpeg2000 rawvideo mpeg4 h263 | aac pcm-s16 pcm-s24be pcm-f32 pcm-f64 pcm-u8 pcm-mulaw pcm-alaw adpcm-qt alac mp3 pcm-s32be
      m4v  | h264 mpeg4 | aac ac3
      3gp  | h263 mpeg4 h264 | amr-nb amr-wb aac
      mkv  | h264 hevc av1 vp8 vp9 mpeg4 mpeg2 mpeg1 mjpeg ffv1 prores huffyuv ffvhuff utvideo magicyuv rawvideo snow vc2 msmpeg4v3 flv1 jpeg2000 png | aac vorbis opus flac mp3 mp2 ac3 eac3 dts truehd tta wavpack pcm-s16 pcm-s24 pcm-f32 pcm-f64 pcm-u8 alac
      webm | vp8 vp9 av1 | opus vorbis
      avi  | mpeg4 h264 mjpeg msmpeg4v2 msmpeg4v3 wmv1 wmv2 flv1 huffyuv ffvhuff ffv1 utvideo magicyuv rawvideo msvideo1 cinepak zmbv dv snow png h263p mpeg2 | mp3 mp2 pcm-s16 pcm-u8 pcm-s24 pcm-f32 ac3 aac adpcm-ms adpcm-ima wma2 pcm-alaw pcm-mulaw dts flac
      flv  | h264 flv1 flashsv | aac mp3 nellymoser speex-flv adpcm-swf
      ts   | h264 hevc mpeg2 mpeg1 mpeg4 vc2 | aac mp2 mp3 ac3 eac3 opus s302m dts
      m2ts | h264 hevc | ac3 pcm-bluray dts
      mpg  | mpeg1 mpeg2 h264 | mp2 mp3 ac3
      vob  | mpeg2 | ac3 mp2 pcm-dvd dts
      asf  | wmv1 msmpeg4v3 h264 | wma1 wma2 mp3
      wmv  | wmv2 | wma2
      ogv  | vp8 | vorbis opus flac speex
      rm   | rv10 rv20 | ac3 real-144
      mxf  | mpeg2 dnxhr | pcm-s16-48k
      nut  | raw-in-nut raw-in-nut raw-in-nut raw-in-nut raw-in-nut ffv1 flashsv h261 | pcm-s16 pcm-f64 vorbis pcm-s64 opus
      dv   | dv | pcm-s16-48k
      wtv  | mpeg2 | mp2
      h264 | h264 |
      hevc | hevc |
      obu  | av1 |
      ivf  | vp8 vp9 av1 |
      m2v  | mpeg2 |
      mjpeg| mjpeg |
      y4m  | raw-y4m |
      gif  | gif |
      apng | apng |
      png  | png-still |
      jpg  | jpg-still |
      bmp  | bmp |
      tiff | tiff |
      webp | webp-still |
      wav  | | pcm-s16 pcm-s16 pcm-s16 pcm-u8 pcm-s24 pcm-s32 pcm-f32 pcm-f64 pcm-alaw pcm-mulaw adpcm-ms adpcm-ima adpcm-yamaha g722 mp3
      aiff | | pcm-s16be pcm-s24be pcm-s32be
      au   | | pcm-s16be pcm-mulaw pcm-f32be
      caf  | | pcm-s16 pcm-f32 alac opus
      w64  | | pcm-s16
      flac | | flac flac
      mp3  | | mp3 mp3
      m4a  | | aac alac
      m4b  | | aac
      aac  | | aac
      latm | | aac
      ogg  | | vorbis opus flac speex
      opus | | opus
      mka  | | pcm-s24 dts
      weba | | opus
      ac3  | | ac3
      eac3 | | eac3
      dts  | | dts
      thd  | | truehd
      mp2  | | mp2
      amr  | | amr-nb amr-wb
      wma  | | wma2
      tta  | | tta
      wv   | | wavpack
      voc  | | pcm-u8 pcm-s16
      spx  | | speex
      sbc  | | sbc
      """;

  /** By name. */
  public static final Map<String, VideoCodec> VIDEO_CODECS = videoCodecs();

  /** By name. */
  public static final Map<String, SoundCodec> SOUND_CODECS = soundCodecs();

  /** By the ending of the file's name. */
  public static final Map<String, Format> BY_ENDING = formats();

  private static Map<String, VideoCodec> videoCodecs() {
    Map<String, VideoCodec> codecs = new LinkedHashMap<>();
    for (String[] line : lines(VIDEOS)) {
      codecs.put(
          line[0],
          new VideoCodec(
              words(line[1]),
              words(line[2]),
              words(line[3].replace("any", ANY_RATE).replace("tv", TV_RATE)),
              words(line[4].replace("any", ANY_SIZE))));
    }
    return codecs;
  }

  private static Map<String, SoundCodec> soundCodecs() {
    Map<String, SoundCodec> codecs = new LinkedHashMap<>();
    for (String[] line : lines(SOUNDS)) {
      codecs.put(line[0], new SoundCodec(words(line[1]), words(line[2]), words(line[3])));
    }
    return codecs;
  }

  private static Map<String, Format> formats() {
    Map<String, Format> formats = new LinkedHashMap<>();
    for (String[] line : lines(FORMATS)) {
      formats.put(line[0], new Format(words(line[1]), words(line[2])));
    }
    return formats;
  }

  private static List<String[]> lines(String table) {
    return table
        .lines()
        .map(line -> Arrays.stream(line.split("\\|", -1)).map(String::strip).toArray(String[]::new))
        .toList();
  }

  private static List<String> words(String text) {
    return text.isEmpty() ? List.of() : List.of(text.split(" +", -1));
  }
}
