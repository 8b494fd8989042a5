package io.latentsync.job.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/**
 * The published files of a version of LatentSync, and the UNet's yaml that fits them.
 *
 * @param files the UNet, whisper and the VAE
 * @param unetConfig the text of the yaml
 */
public record PublishedModel(List<PublishedFile> files, String unetConfig) {
  private static final Repository LATENTSYNC_16 =
      new Repository("ByteDance/LatentSync-1.6", "c42c7e6c8e9c213626389fa7d9a3c444b8536353");
  private static final Repository LATENTSYNC_15 =
      new Repository("ByteDance/LatentSync-1.5", "32a20d29aead0498e3e885e90dbbe8027da1b61b");
  private static final Repository VAE =
      new Repository("stabilityai/sd-vae-ft-mse", "31f26fdeee1355a5c34592e401dd41e45d25a493");
  private static final Repository FACES =
      new Repository("public-data/insightface", "33c1063c49c785b7652d3fd529f86fa4f149392b");

  private record Repository(String name, String revision) {
    PublishedFile file(String path, String target, long length, String sha256) {
      return new PublishedFile(
          name, revision, path, Path.of(target), OptionalLong.of(length), sha256);
    }

    PublishedFile file(String path, String target, String sha256) {
      return new PublishedFile(name, revision, path, Path.of(target), OptionalLong.empty(), sha256);
    }
  }

  /**
   * The files of a version.
   *
   * @throws IOException if this build lacks the yaml
   */
  public static PublishedModel of(ModelVersion version) throws IOException {
    return switch (version) {
      case V1_6 ->
          of(
              LATENTSYNC_16,
              5_072_222_488L,
              "0a478e89eb660f82da4c35dbdde8a5adfb27f99d1b4e50edd03729e1e98316d3",
              "stage2_512.yaml");
      case V1_5 ->
          of(
              LATENTSYNC_15,
              5_072_348_184L,
              "6440b49a7ccceff56cdc001f5f17605216337f5bbd66fa360139768926e23f51",
              "stage2.yaml");
    };
  }

  private static PublishedModel of(
      Repository latentSync, long unetLength, String unetSha256, String yaml) throws IOException {
    return new PublishedModel(
        List.of(
            latentSync.file("latentsync_unet.pt", "latentsync_unet.pt", unetLength, unetSha256),
            latentSync.file(
                "whisper/tiny.pt",
                "whisper/tiny.pt",
                75_572_083L,
                "65147644a518d12f04e32d6f3b26facc3f8dd46e5390956a9424a650c0ce22b9"),
            VAE.file(
                "config.json",
                "sd-vae-ft-mse/config.json",
                547,
                "92d3dfb746fca211a2c9e019e285f8597412211728dce3c5bcf4eda0f2d62e7e"),
            VAE.file(
                "diffusion_pytorch_model.safetensors",
                "sd-vae-ft-mse/diffusion_pytorch_model.safetensors",
                334_643_276L,
                "a1d993488569e928462932c8c38a0760b874d166399b14414135bd9c42df5815")),
        resource(yaml));
  }

  /** SyncNet, which measures whether lips and speech match. */
  public static List<PublishedFile> syncNet() {
    return List.of(
        LATENTSYNC_16.file(
            "auxiliary/syncnet_v2.model",
            "auxiliary/syncnet_v2.model",
            54_573_114L,
            "961e8696f888fce4f3f3a6c3d5b3267cf5b343100b238e79b2659bff2c605442"));
  }

  /** InsightFace's detector and landmarks; for non-commercial research only. */
  public static List<PublishedFile> insightFace() {
    return List.of(
        FACES.file(
            "models/buffalo_l/det_10g.onnx",
            "insightface/det_10g.onnx",
            16_923_827L,
            "5838f7fe053675b1c7a08b633df49e7af5495cee0493c7dcf6697200b85b5b91"),
        FACES.file(
            "models/buffalo_l/2d106det.onnx",
            "insightface/2d106det.onnx",
            "f001b856447c413801ef5c42091ed0cd516fcd21f2d6b79635b1e733a7109dbf"));
  }

  private static String resource(String yaml) throws IOException {
    try (InputStream in = PublishedModel.class.getResourceAsStream("unet/" + yaml)) {
      if (in == null) {
        throw new IOException("this build has no conf/unet/%s in its jar".formatted(yaml));
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
