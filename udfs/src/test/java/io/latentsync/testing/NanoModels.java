package io.latentsync.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.latentsync.model.ModelBundle;
import io.latentsync.nn.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Real parts that are quick: a real face, networks with random weights, a small aligned face. */
public final class NanoModels {
  /** Side of the aligned face in pixels. */
  public static final int RESOLUTION = 64;

  private final Path folder;

  /** Puts the files that it makes into a folder. */
  public NanoModels(Path folder) {
    this.folder = folder;
  }

  /** Networks of the oracles that fit together, at 64 pixels. */
  public ModelBundle bundle() throws IOException {
    for (Path whisper : Oracles.folders("whisper_")) {
      Path checkpoint = only(whisper, ".pt");
      for (Path unet : Oracles.folders("unet_")) {
        JsonNode config =
            new ObjectMapper().readTree(Files.readString(unet.resolve("config.json")));
        if (config.get("cross_attention_dim").asInt() == width(checkpoint)) {
          return new ModelBundle(
              yaml(config).toString(),
              only(unet, ".pt").toString(),
              Oracles.folders("vae_").get(0).toString(),
              checkpoint.toString(),
              "");
        }
      }
    }
    return Assumptions.abort("skipped: no UNet and whisper of one width in " + Oracles.root());
  }

  private static int width(Path whisper) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(whisper)) {
      return checkpoint.scalars().get("dims.n_audio_state").intValue();
    }
  }

  private static Path only(Path folder, String ending) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(ending)).findFirst().orElseThrow();
    }
  }

  private Path yaml(JsonNode model) throws IOException {
    JsonNode config =
        new ObjectMapper()
            .valueToTree(
                Map.of("data", Map.of("resolution", RESOLUTION, "num_frames", 16), "model", model));
    return Files.writeString(folder.resolve("unet nano.yaml"), config.toString());
  }

  /** The first frames of a real clip at two thirds of its size. */
  public Path video(int frames) {
    Path video = folder.resolve("tälking head.mp4");
    FfmpegProgram.ffmpeg(
        "-i",
        Clips.clip("demo1_video.mp4").toString(),
        "-frames:v",
        String.valueOf(frames),
        "-vf",
        "scale=720:1280",
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

  /** The beginning of a real speech track, in stereo at 44.1 kHz. */
  public Path speech(double seconds) {
    Path audio = folder.resolve("new speech.m4a");
    FfmpegProgram.ffmpeg(
        "-i",
        Clips.clip("demo1_audio.wav").toString(),
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
