package io.latentsync.nn.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.pytorch.jni.LibUtils;
import com.sun.jna.NativeLibrary;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The choice of libtorch, and the messages if none can be loaded. */
final class TorchLibraryTest {
  @TempDir Path folder;

  /** Loads libtorch in a separate process and prints its folder. */
  static final class Load {
    private Load() {}

    /** Prints the folder of libtorch, or the reason why it cannot be loaded. */
    public static void main(String[] arguments) {
      try {
        TorchEngine.load();
        System.out.println("loaded " + LibUtils.getLibtorchPath());
      } catch (TorchUnavailableException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  private String load(Map<String, String> environment) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Duser.home=" + folder.resolve("home"),
                "-cp",
                System.getProperty("java.class.path"),
                Load.class.getName()));
    File output = folder.resolve("output").toFile();
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(output)
            .redirectError(folder.resolve("errors").toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("PYTORCH_"));
    builder.environment().putAll(environment);
    builder.start().waitFor();
    return Files.readString(output.toPath(), StandardCharsets.UTF_8).strip();
  }

  /** A folder with libtorch as on a node: the libraries of this build, without DJL's. */
  private Path nodesLibtorch(String name) throws IOException {
    TorchEngine.load();
    Path node = Files.createDirectories(folder.resolve(name));
    try (Stream<Path> files = Files.list(Path.of(LibUtils.getLibtorchPath()))) {
      for (Path file :
          files.filter(file -> !file.getFileName().toString().contains("djl")).toList()) {
        Files.createSymbolicLink(node.resolve(file.getFileName()), file);
      }
    }
    return node;
  }

  @Test
  void theNodesLibtorchIsLoadedFromTheNamedFolderAlone() throws Exception {
    Path node = nodesLibtorch("torch/lib");
    Files.writeString(
        node.resolveSibling("version.py"),
        "__version__ = '%s+cpu'\n".formatted(TorchLibrary.builtFor()));
    assertThat(load(Map.of("PYTORCH_LIBRARY_PATH", node.toString()))).isEqualTo("loaded " + node);
  }

  @Test
  void withoutANamedFolderTheBuildsOwnLibtorchIsLoaded() throws Exception {
    assertThat(load(Map.of())).startsWith("loaded " + folder.resolve("home"));
  }

  @Test
  void aNamedFolderWithoutLibtorchIsRefused() throws Exception {
    Path empty = Files.createDirectory(folder.resolve("empty"));
    assertThat(load(Map.of("PYTORCH_LIBRARY_PATH", empty.toString())))
        .isEqualTo(
            "PYTORCH_LIBRARY_PATH is %s, but must be a folder with %s, such as torch/lib of PyTorch %s"
                .formatted(empty, System.mapLibraryName("torch"), TorchLibrary.builtFor()));
  }

  @Test
  void anotherVersionIsRefusedBeforeItIsLoaded() throws IOException {
    Path lib = Files.createDirectories(folder.resolve("libtorch").resolve("lib"));
    Files.createFile(lib.resolve(System.mapLibraryName("torch")));
    Files.writeString(lib.resolveSibling("build-version"), "1.13.1+cu117\n");
    assertThatThrownBy(() -> TorchLibrary.requireUsable(lib.toString()))
        .isInstanceOf(TorchUnavailableException.class)
        .hasMessage(
            "PYTORCH_LIBRARY_PATH is %s, which has libtorch 1.13.1, but this build needs %s"
                .formatted(lib, TorchLibrary.builtFor()));
  }

  @Test
  void theFirstFolderWithLibtorchOfSeveralIsTaken() throws IOException {
    Path lib = Files.createDirectory(folder.resolve("lib"));
    Files.createFile(lib.resolve(System.mapLibraryName("torch")));
    assertThat(TorchLibrary.requireUsable(folder.resolve("missing") + File.pathSeparator + lib))
        .isEqualTo(lib);
  }

  @Test
  void theCudaRuntimeIsFoundByEachOfItsNames() throws IOException {
    Path jar = Files.createDirectory(folder.resolve("jar"));
    assertThat(TorchLibrary.cudaRuntime(jar)).isEmpty();
    Files.createFile(jar.resolve("libcudnn.so.9"));
    Path named = Files.createFile(jar.resolve("libcudart-8774224f.so.12"));
    assertThat(TorchLibrary.cudaRuntime(jar)).contains(named);

    Path wheel = Files.createDirectories(folder.resolve("site-packages/torch/lib"));
    Path runtime = Files.createDirectories(folder.resolve("site-packages/nvidia/cuda_runtime/lib"));
    Path plain = Files.createFile(runtime.resolve("libcudart.so.12"));
    assertThat(TorchLibrary.cudaRuntime(wheel)).contains(plain);
  }

  @Test
  void nativeCodeSeesEnvironmentVariablesButTheUsersTakePrecedence() {
    TorchLibrary.setEnvironment("LATENTSYNC_TEST", "a");
    TorchLibrary.setEnvironment("LATENTSYNC_TEST", "b");
    assertThat(
            NativeLibrary.getProcess()
                .getFunction("getenv")
                .invokeString(new Object[] {"LATENTSYNC_TEST"}, false))
        .isEqualTo("a");
  }

  @Test
  void aMissingLibraryIsNamedWithTheRemedy() {
    assertThat(
            reason("/x/libcaffe2_nvrtc.so: libcuda.so.1: cannot open shared object file: No such"))
        .isEqualTo(
            "libtorch cannot be loaded: NVIDIA's driver (libcuda.so.1) is missing on this node;"
                + " install it, in a container use NVIDIA's container runtime, or use a build"
                + " without -Pcuda");
    assertThat(
            reason("/x/libdjl_torch.so: libc10_cuda.so: cannot open shared object file: No such"))
        .isEqualTo(
            "libtorch cannot be loaded: libc10_cuda.so is missing on this node; install it, or name"
                + " the folder of a whole PyTorch %s with PYTORCH_LIBRARY_PATH"
                    .formatted(TorchLibrary.builtFor()));
    assertThat(reason("/lib/libc.so.6: version `GLIBC_2.28' not found (required by /x/libc10.so)"))
        .isEqualTo(
            "libtorch cannot be loaded: the C or C++ library of this system lacks GLIBC_2.28; use a"
                + " newer system, such as one with glibc 2.28 and GCC 9");
    assertThat(reason("Offline mode is enabled."))
        .isEqualTo(
            "libtorch cannot be loaded: this build's jars are for another kind of machine; build on"
                + " this one, or with the profile of this one (-Plinux-x86_64, -Plinux-aarch64,"
                + " -Pmacosx-arm64, -Pcuda)");
    assertThat(reason("something else\nat line 2"))
        .isEqualTo("libtorch cannot be loaded: something else");
  }

  private static String reason(String loader) {
    return TorchUnavailableException.of(new UnsatisfiedLinkError(loader), TorchLibrary.builtFor())
        .getMessage();
  }
}
