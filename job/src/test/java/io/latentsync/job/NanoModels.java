package io.latentsync.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.Scheduler;
import io.latentsync.model.ModelBundle;
import io.latentsync.nn.Checkpoint;
import io.latentsync.testing.Clips;
import io.latentsync.testing.FfmpegProgram;
import io.latentsync.testing.Oracles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** A small request over real parts: a real face, random weights, a small aligned face. */
final class NanoModels {
  static final int RESOLUTION = 64;

  private final Path folder;

  NanoModels(Path folder) {
    this.folder = folder;
  }

  /** Networks of the oracles that fit together, at 64 pixels. */
  ModelBundle bundle() throws IOException {
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
  Path video(int frames) {
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
  Path speech(double seconds) {
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

  /** A request that takes seconds. */
  DubRequest request(Path video, Path audio, Path output) throws IOException {
    return new DubRequest(
        new Location(video.toString()),
        new Location(audio.toString()),
        new Location(output.toString()),
        bundle(),
        new SamplerOptions(2, 1.5, false, Scheduler.Kind.DDIM, 0, 0),
        1247,
        16);
  }

  /** All frames of a video as RGB bytes, one after another. */
  static byte[] rgb(Path video) {
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
