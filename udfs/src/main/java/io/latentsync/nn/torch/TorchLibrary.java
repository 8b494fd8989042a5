package io.latentsync.nn.torch;

import ai.djl.util.Utils;
import com.google.common.base.Splitter;
import com.sun.jna.NativeLibrary;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;

/**
 * Selects libtorch and the CUDA runtime before DJL searches for them. DJL alone fails in three
 * cases: if it finds no GPU, it does not load natives for CUDA; it does not find the CUDA runtime
 * that comes with libtorch, because its file name has a checksum or it is in another folder; and it
 * assumes the old C++ ABI for a libtorch in a folder of the node.
 *
 * <p>The selection is passed to DJL in system properties. System properties and environment
 * variables that the user has set take precedence.
 */
final class TorchLibrary {
  /**
   * The setting for a folder of the node with libtorch, such as {@code torch/lib} of a PyTorch
   * wheel.
   */
  static final String PATH = "PYTORCH_LIBRARY_PATH";

  private static final String VERSION = "PYTORCH_VERSION";
  private static final String FLAVOR = "PYTORCH_FLAVOR";
  private static final Pattern NUMBER = Pattern.compile("(\\d+\\.\\d+\\.\\d+)(\\+\\w+)?");

  /** {@code libcudart.so.12}, or {@code libcudart-8774224f.so.12} in wheels and in DJL's jars. */
  private static final Pattern CUDA_RUNTIME = Pattern.compile("libcudart[-.\\w]*\\.so[.\\d]*");

  /** Folder of the CUDA runtime in PyTorch's wheels, relative to {@code torch/lib}. */
  private static final Path RUNTIME_OF_WHEELS = Path.of("../../nvidia/cuda_runtime/lib");

  private static boolean prepared;

  private TorchLibrary() {}

  /**
   * Selects the libtorch that DJL loads. Only the first call has an effect.
   *
   * @throws TorchUnavailableException if this build cannot use the libtorch that the user named
   */
  static synchronized void prepare() {
    if (prepared) {
      return;
    }
    String named = Utils.getEnvOrSystemProperty(PATH);
    Optional<Path> folder =
        named == null || named.isBlank() ? bundledForCuda() : Optional.of(requireUsable(named));
    if (folder.isPresent()) {
      boolean cuda = isForCuda(folder.get());
      setUnlessGiven(VERSION, builtFor());
      setUnlessGiven(FLAVOR, cuda ? cudaFlavor() : "cpu");
      if (cuda && !hasDriver()) {
        System.setProperty(PATH, withoutDriver(folder.get()).toString());
      }
      cudaRuntime(folder.get()).ifPresent(TorchLibrary::offer);
      if (cuda) {
        // Batches of different sizes fragment the GPU's memory; this setting avoids that.
        setEnvironment("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True");
      }
    }
    prepared = true;
  }

  /** Whether a folder's libtorch can compute on NVIDIA's GPUs. */
  static boolean isForCuda(Path folder) {
    return Files.exists(folder.resolve(System.mapLibraryName("c10_cuda")));
  }

  /**
   * The folder that the user named.
   *
   * @param named one folder, or several with the path separator between them
   * @throws TorchUnavailableException if none of them has libtorch, or it has another version
   */
  static Path requireUsable(String named) {
    for (String name : named.split(File.pathSeparator, -1)) {
      Path folder = Path.of(name);
      if (Files.isRegularFile(folder.resolve(System.mapLibraryName("torch")))) {
        Optional<String> version = version(folder);
        if (version.isPresent() && !version.get().equals(builtFor())) {
          throw new TorchUnavailableException(
              "%s is %s, which has libtorch %s, but this build needs %s"
                  .formatted(PATH, named, version.get(), builtFor()));
        }
        return folder.toAbsolutePath();
      }
    }
    throw new TorchUnavailableException(
        "%s is %s, but must be a folder with %s, such as torch/lib of PyTorch %s"
            .formatted(PATH, named, System.mapLibraryName("torch"), builtFor()));
  }

  /** The version of the libtorch in a wheel or an archive; empty if no file states it. */
  private static Optional<String> version(Path folder) {
    for (String name : List.of("version.py", "build-version")) {
      Path file = folder.toAbsolutePath().normalize().resolveSibling(name);
      if (Files.isRegularFile(file)) {
        try {
          Matcher number = NUMBER.matcher(Files.readString(file));
          if (number.find()) {
            return Optional.of(number.group(1));
          }
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
    return Optional.empty();
  }

  /** The CUDA runtime that comes with a libtorch. */
  static Optional<Path> cudaRuntime(Path folder) {
    for (Path place : List.of(folder, folder.resolve(RUNTIME_OF_WHEELS).normalize())) {
      if (Files.isDirectory(place)) {
        try (Stream<Path> files = Files.list(place)) {
          Optional<Path> runtime =
              files
                  .filter(file -> CUDA_RUNTIME.matcher(file.getFileName().toString()).matches())
                  .sorted()
                  .findFirst();
          if (runtime.isPresent()) {
            return runtime;
          }
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
    return Optional.empty();
  }

  /** Sets an environment variable of this process, for native code, unless it is set. */
  static void setEnvironment(String name, String value) {
    NativeLibrary.getProcess().getFunction("setenv").invokeInt(new Object[] {name, value, 0});
  }

  private static boolean hasDriver() {
    try {
      NativeLibrary.getInstance("cuda").close();
      return true;
    } catch (UnsatisfiedLinkError e) {
      return false;
    }
  }

  /**
   * A folder with links to all libraries except the one that needs NVIDIA's driver. libtorch loads
   * that one only when it compiles a kernel, but DJL loads it in any case.
   */
  private static Path withoutDriver(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      Path links = Files.createTempDirectory("latentsync-libtorch-");
      links.toFile().deleteOnExit();
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (!name.equals(System.mapLibraryName("caffe2_nvrtc"))) {
          Path link = Files.createSymbolicLink(links.resolve(name), file.toAbsolutePath());
          link.toFile().deleteOnExit();
        }
      }
      return links;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Makes the CUDA runtime visible to JNA under its usual name, because DJL counts GPUs through
   * JNA.
   */
  private static void offer(Path runtime) {
    try {
      Path folder = Files.createTempDirectory("latentsync-cudart-");
      Path link = folder.resolve(System.mapLibraryName("cudart"));
      folder.toFile().deleteOnExit();
      link.toFile().deleteOnExit();
      Files.createSymbolicLink(link, runtime.toAbsolutePath());
      NativeLibrary.addSearchPath("cudart", folder.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Unpacks libtorch for CUDA from the class path; empty if this build has none. */
  private static Optional<Path> bundledForCuda() {
    Properties natives = properties("/native/lib/pytorch.properties");
    String flavor = natives.getProperty("flavor", "");
    if (!flavor.startsWith("cu")) {
      return Optional.empty();
    }
    String classifier = natives.getProperty("classifier");
    Path folder =
        Utils.getEngineCacheDir("pytorch")
            .resolve("%s-%s-%s".formatted(natives.getProperty("version"), flavor, classifier));
    if (!Files.exists(folder.resolve(System.mapLibraryName("torch")))) {
      unpack(
          "/pytorch/%s/%s/".formatted(flavor, classifier),
          Splitter.on(',').splitToList(natives.getProperty("libraries")),
          folder);
    }
    System.setProperty(PATH, folder.toString());
    return Optional.of(folder);
  }

  private static void unpack(String resources, List<String> libraries, Path folder) {
    try {
      Files.createDirectories(folder.getParent());
      Path whole = Files.createTempDirectory(folder.getParent(), "tmp");
      try {
        for (String library : libraries) {
          try (InputStream in = TorchLibrary.class.getResourceAsStream(resources + library)) {
            if (in == null) {
              throw new TorchUnavailableException(
                  "this build lacks %s; build it again with -Pcuda".formatted(library));
            }
            Files.copy(in, whole.resolve(library));
          }
        }
        // If another process has created the folder meanwhile, that one is used.
        Utils.moveQuietly(whole, folder);
      } finally {
        FileUtils.deleteQuietly(whole.toFile());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The version of libtorch that this build's JNI belongs to. */
  static String builtFor() {
    Matcher number =
        NUMBER.matcher(properties("/jnilib/pytorch.properties").getProperty("jni_version", ""));
    if (!number.find()) {
      throw new TorchUnavailableException("this build has no JNI for libtorch in its jars");
    }
    return number.group(1);
  }

  /** DJL's name of this build's JNI for CUDA, such as {@code cu128}. */
  private static String cudaFlavor() {
    Properties build = properties("/io/latentsync/nn/torch/build.properties");
    String flavor = build.getProperty("cuda.flavor", "");
    String architecture = System.getProperty("os.arch").equals("amd64") ? "x86_64" : "aarch64";
    String jni =
        "/jnilib/%s-%s/%s/%s"
            .formatted(
                System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("linux")
                    ? "linux"
                    : "osx",
                architecture,
                flavor,
                System.mapLibraryName("djl_torch"));
    if (TorchLibrary.class.getResource(jni) == null) {
      throw new TorchUnavailableException(
          "%s has libtorch for CUDA, but DJL has no JNI for it on this kind of processor; name a"
                  .formatted(PATH)
              + " libtorch without CUDA");
    }
    return flavor;
  }

  private static Properties properties(String resource) {
    Properties properties = new Properties();
    try (InputStream in = TorchLibrary.class.getResourceAsStream(resource)) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties;
  }

  private static void setUnlessGiven(String name, String value) {
    String given = Utils.getEnvOrSystemProperty(name);
    if (given == null || given.isBlank()) {
      System.setProperty(name, value);
    }
  }
}
