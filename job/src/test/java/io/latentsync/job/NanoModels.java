package io.latentsync.job;

import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.Scheduler;
import io.latentsync.model.ModelBundle;
import io.latentsync.testing.Clips;
import io.latentsync.testing.FfmpegProgram;
import io.latentsync.testing.Oracles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A small request over real parts: a real face, random weights, a small aligned face. */
final class NanoModels {
  static final int RESOLUTION = 64;

  private final Path folder;

  NanoModels(Path folder) {
    this.folder = folder;
  }

  /** The networks of the oracles at 64 pixels. */
  ModelBundle bundle() throws IOException {
    Path oracles = Oracles.root();
    Path config = folder.resolve("unet nano.yaml");
    Files.writeString(
        config,
        "data: {resolution: %d, num_frames: 16}%nmodel: %s%n"
            .formatted(
                RESOLUTION,
                Files.readString(oracles.resolve("unet_nano/config.json"))
                    .replaceAll("\\s*\\n\\s*", " ")));
    return new ModelBundle(
        config.toString(),
        oracles.resolve("unet_nano/unet.pt").toString(),
        oracles.resolve("vae_nano").toString(),
        oracles.resolve("whisper_nano/nano.pt").toString(),
        "");
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
