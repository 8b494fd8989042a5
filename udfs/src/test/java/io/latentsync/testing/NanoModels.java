package io.latentsync.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.latentsync.model.bundle.ModelBundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Small real inputs from the repository: a synthetic head, networks with weights from a formula, a
 * small aligned face.
 */
public final class NanoModels {
  /** Side of the aligned face in pixels. */
  public static final int RESOLUTION = 64;

  /** Width of {@link #video}. */
  public static final int WIDTH = 720;

  /** Height of {@link #video}. */
  public static final int HEIGHT = 1280;

  private final Path folder;
  private ModelBundle bundle;

  /** Creates its files in a folder. */
  public NanoModels(Path folder) {
    this.folder = folder;
  }

  /** Networks that fit together, at 64 pixels. */
  public ModelBundle bundle() throws IOException {
    if (bundle == null) {
      GoldenData golden = new GoldenData(folder);
      ObjectNode unet = GoldenData.unetConfig(GoldenData.FULL).deepCopy();
      unet.put("cross_attention_dim", GoldenData.whisperConfig().audioState());
      bundle =
          new ModelBundle(
              yaml(unet).toString(),
              golden.unet(unet).toString(),
              golden.vae().toString(),
              golden.whisper().toString(),
              "");
    }
    return bundle;
  }

  /** The options of the command line that name the {@link #bundle}. */
  public List<String> options() throws IOException {
    return options(bundle());
  }

  /** The options of the command line that name the files of a bundle. */
  public static List<String> options(ModelBundle models) {
    return List.of(
        "--unet_config_path=" + models.unetConfig(),
        "--inference_ckpt_path=" + models.unet(),
        "--vae_path=" + models.vae(),
        "--whisper_path=" + models.whisper());
  }

  private Path yaml(JsonNode model) throws IOException {
    JsonNode config =
        new ObjectMapper()
            .valueToTree(
                Map.of("data", Map.of("resolution", RESOLUTION, "num_frames", 16), "model", model));
    return Files.writeString(folder.resolve("unet nano.yaml"), config.toString());
  }

  /** The checkpoint of a small SyncNet. */
  public Path syncNet() throws IOException {
    return new GoldenData(folder).syncNet();
  }

  /**
   * The first frames of a synthetic head in the middle of an upright picture. In each frame the
   * face is between rows 370 and 610, the mouth between rows 500 and 580.
   */
  public Path video(int frames) {
    Path video = folder.resolve("tälking head.mp4");
    FfmpegProgram.ffmpeg(
        "-i",
        Clips.sample("clip1.mp4", folder).toString(),
        "-frames:v",
        String.valueOf(frames),
        "-vf",
        "scale=460:460,pad=%d:%d:130:250:color=0x6a5a68".formatted(WIDTH, HEIGHT),
        "-an",
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-crf",
        "12",
        video.toString());
    return video;
  }

  /**
   * As {@link #video}, and after a hard cut the first frames of another head.
   *
   * @param frames of the first head
   * @param others frames of the other head
   */
  public Path cutVideo(int frames, int others) {
    Path video = folder.resolve("two shots.mp4");
    String upright = "scale=460:460,pad=%d:%d:130:250:color=".formatted(WIDTH, HEIGHT);
    FfmpegProgram.ffmpeg(
        "-i",
        Clips.sample("clip1.mp4", folder).toString(),
        "-i",
        Clips.sample("clip2.mp4", folder).toString(),
        "-filter_complex",
        ("[0:v]trim=end_frame=%d,%s0x6a5a68[one];[1:v]trim=end_frame=%d,%s0x203040[other];"
                + "[one][other]concat")
            .formatted(frames, upright, others, upright),
        "-an",
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-crf",
        "12",
        video.toString());
    return video;
  }

  /**
   * The beginning of a synthetic speech, in stereo at 44.1 kHz.
   *
   * @param seconds at most 4
   */
  public Path speech(double seconds) {
    Path audio = folder.resolve("new speech.m4a");
    FfmpegProgram.ffmpeg(
        "-ss",
        "0.16", // start of the voice
        "-i",
        Clips.sample("speech1.wav", folder).toString(),
        "-t",
        String.valueOf(seconds),
        "-ac",
        "2",
        "-ar",
        "44100",
        audio.toString());
    return audio;
  }

  /** All frames of a video as RGB bytes, one after another. */
  public static byte[] rgb(Path video) {
    return FfmpegProgram.ffmpeg(
        "-i",
        video.toString(),
        "-fps_mode",
        "passthrough",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-");
  }
}
