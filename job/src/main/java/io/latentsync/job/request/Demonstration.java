package io.latentsync.job.request;

import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import io.latentsync.model.bundle.ModelBundle;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.hadoop.conf.Configuration;

/**
 * The demonstration in this jar: a small LatentSync for synthetic heads, a clip of such a head, and
 * a speech. The model's locations begin with {@code demo:}; every process of the job finds them in
 * its own jar.
 */
public final class Demonstration {
  private static final String SCHEME = "demo:";
  private static final String RESOURCES = "/demo/";

  /** The model. It does not work for real faces, which need the published checkpoints. */
  public static final ModelBundle MODEL =
      new ModelBundle(
          SCHEME + "model/unet.yaml",
          SCHEME + "model/latentsync_unet.pt",
          SCHEME + "model/sd-vae-ft-mse",
          SCHEME + "model/whisper/tiny.pt",
          "");

  private static final Map<String, List<String>> FOLDERS =
      Map.of(
          SCHEME + "model/sd-vae-ft-mse",
          List.of("config.json", "diffusion_pytorch_model.safetensors"));

  private Demonstration() {}

  /** Whether a bundle is the demonstration model, with any mask. */
  public static boolean isModelOf(ModelBundle bundle) {
    return has(bundle.unet());
  }

  /** Whether a location is in this jar. */
  static boolean has(String location) {
    return location.startsWith(SCHEME);
  }

  /** Whether this build has the model. */
  public static boolean hasModel() {
    return Demonstration.class.getResource(RESOURCES + "model/unet.yaml") != null;
  }

  /**
   * Copies a file or folder of the model from the jar.
   *
   * @param scratch folder that the caller deletes
   * @throws IOException if this build does not have the model, or the copy cannot be written
   */
  static Path unpack(String location, Path scratch) throws IOException {
    String name = location.substring(SCHEME.length());
    Path target = scratch.resolve(name);
    if (FOLDERS.containsKey(location)) {
      for (String file : FOLDERS.get(location)) {
        copy(name + "/" + file, target.resolve(file));
      }
    } else {
      copy(name, target);
    }
    return target;
  }

  /** The identity of a file or folder: the checksum of its contents. */
  static String state(String location) throws IOException {
    StringBuilder state = new StringBuilder(location);
    String name = RESOURCES + location.substring(SCHEME.length());
    List<String> files =
        FOLDERS.containsKey(location)
            ? FOLDERS.get(location).stream().map(file -> name + "/" + file).toList()
            : List.of(name);
    for (String file : files) {
      state.append(' ').append(digest(file));
    }
    return state.toString();
  }

  /** The checksum of a file or folder, as {@link ModelFiles#sha256} defines it. */
  static String sha256(String location) throws IOException {
    String name = RESOURCES + location.substring(SCHEME.length());
    if (!FOLDERS.containsKey(location)) {
      return digest(name);
    }
    StringBuilder list = new StringBuilder();
    for (String file : FOLDERS.get(location)) {
      list.append(digest(name + "/" + file)).append("  ").append(file).append('\n');
    }
    return DigestUtils.sha256Hex(list.toString());
  }

  private static String digest(String resource) throws IOException {
    try (InputStream in = open(resource)) {
      return DigestUtils.sha256Hex(in);
    }
  }

  /** Copies the sample clip into a folder. */
  public static Location putClip(Location folder, Configuration configuration) throws IOException {
    return put("clip1.mp4", folder.child("latentsync-demo-clip.mp4"), configuration);
  }

  /** Copies the sample speech into a folder. Its sentence and voice differ from the clip's. */
  public static Location putSpeech(Location folder, Configuration configuration)
      throws IOException {
    return put("speech2.wav", folder.child("latentsync-demo-speech.wav"), configuration);
  }

  private static Location put(String name, Location target, Configuration configuration)
      throws IOException {
    try (Scratch scratch = Scratch.temporary()) {
      Path copy = scratch.folder().resolve(name);
      copy(name, copy);
      // With the usual permissions, as it is the user's folder.
      target.parent().fileSystem(configuration).mkdirs(target.parent().hadoopPath());
      target.commit(configuration, copy);
    }
    return target;
  }

  /** The true mouth opening of the sample speech at each frame, 0…1. */
  public static float[] truth() throws IOException {
    try (InputStream in = open(RESOURCES + "speech2.csv")) {
      List<String> rows =
          new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().skip(1).toList();
      float[] truth = new float[rows.size()];
      for (int i = 0; i < truth.length; i++) {
        truth[i] = Float.parseFloat(rows.get(i).split(",", -1)[1]);
      }
      return truth;
    }
  }

  private static void copy(String name, Path target) throws IOException {
    try (InputStream in = open(RESOURCES + name)) {
      Files.createDirectories(target.toAbsolutePath().getParent());
      Files.copy(in, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static InputStream open(String resource) throws IOException {
    InputStream in = Demonstration.class.getResourceAsStream(resource);
    if (in == null) {
      throw new FileNotFoundException("this build has no " + resource + " in its jar");
    }
    return in;
  }
}
