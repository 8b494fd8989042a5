package io.latentsync.media;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_RAWVIDEO;
import static org.bytedeco.ffmpeg.global.avformat.AVIO_FLAG_READ;
import static org.bytedeco.ffmpeg.global.avformat.av_probe_input_buffer2;
import static org.bytedeco.ffmpeg.global.avformat.avformat_open_input;
import static org.bytedeco.ffmpeg.global.avformat.avio_closep;
import static org.bytedeco.ffmpeg.global.avformat.avio_open;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;
import static org.bytedeco.ffmpeg.global.avutil.av_match_list;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVInputFormat;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Opens media files, only with the demuxers of formats that keep all their media in one file. Other
 * demuxers could read any file of the node, wait for a pipe, or recurse without end.
 */
final class InputFile {
  private static final String PICTURES_AND_SOUND =
      "asf,avi,dv,flv,gxf,live_flv,matroska,mov,mpeg,mpegts,mxf,nut,nuv,ogg,rm,wtv";

  private static final String PICTURES =
      "apng,av1,cavsvideo,dirac,dnxhd,gif,h261,h263,h264,hevc,ivf,jpegxl_anim,m4v,mjpeg,"
          + "mpegvideo,obu,vc1,vvc,yuv4mpegpipe";

  private static final String STILLS =
      "bmp_pipe,dds_pipe,dpx_pipe,exr_pipe,gif_pipe,hdr_pipe,ico,image2,j2k_pipe,jpeg_pipe,"
          + "jpegls_pipe,jpegxl_pipe,pam_pipe,pbm_pipe,pcx_pipe,pfm_pipe,pgm_pipe,png_pipe,"
          + "ppm_pipe,psd_pipe,qoi_pipe,sgi_pipe,sunrast_pipe,tiff_pipe,webp_pipe,xbm_pipe,"
          + "xpm_pipe,xwd_pipe";

  private static final String SOUND =
      "aac,ac3,ac4,aiff,amr,ape,au,caf,dsf,dss,dts,dtshd,eac3,flac,gsm,iff,ilbc,loas,mlp,mp3,"
          + "mpc,mpc8,nistsphere,oma,qcp,rso,sbc,shn,tak,truehd,tta,voc,w64,wav,wv,xwma";

  /** FFmpeg's names of the demuxers that read no other file. */
  private static final String FORMATS =
      String.join(",", PICTURES_AND_SOUND, PICTURES, STILLS, SOUND);

  /** FFmpeg's names of the demuxers whose file names other files with the media. */
  private static final List<String> LISTS =
      List.of("concat", "dash", "hls", "imf", "sdp", "vobsub", "webm_dash_manifest");

  private InputFile() {}

  /**
   * Opens a file.
   *
   * @param format receives the opened file, which the caller closes
   * @throws MediaException if it is not a regular file, or its format is not allowed
   */
  static void open(AVFormatContext format, Path file) throws MediaException {
    Optional<String> fault = RegularFile.fault(file);
    if (fault.isPresent()) {
      throw new MediaException(file, fault.get());
    }
    SampleTables.require(file);
    AVDictionary options = new AVDictionary(null);
    try (BytePointer url = Av.url(file)) {
      av_dict_set(options, "format_whitelist", FORMATS, 0);
      av_dict_set(options, "protocol_whitelist", "file", 0);
      // The name img%03d.png means that one file, not all files that match the pattern.
      av_dict_set(options, "pattern_type", "none", 0);
      int result = avformat_open_input(format, url, (AVInputFormat) null, options);
      if (result < 0) {
        requireOpenedFormat(file, url);
      }
      Av.checkRead(result, file, "is not a media file that FFmpeg can read");
    } finally {
      av_dict_free(options);
    }
    requireHeader(format, file);
  }

  /**
   * Refuses a file because of its format; FFmpeg only reports that the format is not on the list.
   */
  private static void requireOpenedFormat(Path file, BytePointer url) throws MediaException {
    AVIOContext io = new AVIOContext(null);
    Av.check(avio_open(io, url, AVIO_FLAG_READ), file, "cannot be read");
    try (AVInputFormat found = new AVInputFormat(null)) {
      int score = av_probe_input_buffer2(io, found, url, (Pointer) null, 0, 0);
      if (score < 0) {
        return;
      }
      String name = found.name().getString();
      if (LISTS.contains(name)) {
        throw new MediaException(
            file,
            "is a playlist or list of other files (%s), which is not opened; give the media file itself"
                .formatted(name));
      }
      if (av_match_list(name, FORMATS, (byte) ',') == 0) {
        throw new MediaException(
            file,
            "has the format %s, which is not opened; give a common format such as MP4, WAV or PNG"
                .formatted(name));
      }
    } finally {
      avio_closep(io);
    }
  }

  /**
   * Refuses raw pixels: FFmpeg guesses their size and reads two of the three planes from other
   * files.
   */
  private static void requireHeader(AVFormatContext format, Path file) throws MediaException {
    if (format.iformat().name().getString().equals("image2")
        && format.streams(0).codecpar().codec_id() == AV_CODEC_ID_RAWVIDEO) {
      throw new MediaException(
          file, "is named as raw pixels without a header, which are not opened; give a PNG");
    }
  }
}
