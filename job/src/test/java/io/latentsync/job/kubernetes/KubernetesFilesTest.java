package io.latentsync.job.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.SecurityManager;
import org.apache.spark.SparkBuildInfo;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.k8s.KubernetesDriverConf;
import org.apache.spark.deploy.k8s.KubernetesExecutorConf;
import org.apache.spark.deploy.k8s.SparkPod;
import org.apache.spark.deploy.k8s.submit.JavaMainAppResource;
import org.apache.spark.deploy.k8s.submit.KubernetesDriverBuilder;
import org.apache.spark.internal.config.package$;
import org.apache.spark.resource.ResourceProfile;
import org.apache.spark.resource.ResourceProfile$;
import org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBuilder;
import org.apache.spark.util.SystemClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scala.Option;

/** The files of {@code deploy/kubernetes}: Spark itself makes pods of their settings. */
final class KubernetesFilesTest {
  private static final Path HOME =
      Path.of(System.getProperty("deploy.dir", "../deploy")).toAbsolutePath().getParent();
  private static final Path FOLDER = HOME.resolve("deploy/kubernetes");

  /** It is never connected: Spark makes the pods before it sends them. */
  private static KubernetesClient client() {
    return new KubernetesClientBuilder().withConfig(Config.empty()).build();
  }

  private static Container driver(OperatorFile file) {
    SparkConf conf = file.sparkConf();
    conf.set("spark.kubernetes.submitInDriver", "true");
    try (KubernetesClient client = client()) {
      return new KubernetesDriverBuilder()
          .buildFromFeatures(
              new KubernetesDriverConf(
                  conf,
                  "app-1",
                  JavaMainAppResource.of("local:///opt/latentsync/latentsync-job.jar"),
                  "io.latentsync.job.LatentSync",
                  file.arguments().toArray(String[]::new),
                  Option.empty(),
                  new SystemClock()),
              client)
          .pod()
          .container();
    }
  }

  private static SparkPod executor(SparkConf conf) {
    conf.set("spark.driver.host", "driver.example").set("spark.driver.port", "7078");
    // Spark keeps the profile of the first settings in this process.
    ResourceProfile$.MODULE$.clearDefaultProfile();
    try (KubernetesClient client = client()) {
      return new KubernetesExecutorBuilder()
          .buildFromFeatures(
              new KubernetesExecutorConf(
                  conf,
                  "app-1",
                  "1",
                  Option.empty(),
                  ResourceProfile.DEFAULT_RESOURCE_PROFILE_ID()),
              new SecurityManager(
                  conf, Option.empty(), package$.MODULE$.AUTH_SECRET_FILE_EXECUTOR()),
              client,
              ResourceProfile$.MODULE$.getOrCreateDefaultProfile(conf))
          .pod();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"dub.yaml", "nightly.yaml"})
  void theFilesHaveTheFieldsThatTheOperatorDeclares(String name) throws Exception {
    assertThat(OperatorFile.read(FOLDER.resolve(name)).faults()).isEmpty();
  }

  @Test
  void aWrongFieldIsFound() throws Exception {
    String right = Files.readString(FOLDER.resolve("dub.yaml"));
    Path wrong = Files.createTempFile("wrong", ".yaml");
    try {
      Files.writeString(
          wrong,
          right
              .replace("instances: 10", "instances: \"10\"")
              .replace("restartPolicy:", "restartpolicy:")
              .replace("mode: cluster", "mode: clustre"));
      assertThat(OperatorFile.read(wrong).faults()).hasSize(3);
    } finally {
      Files.delete(wrong);
    }
  }

  @Test
  void theDriversPodRunsTheCommandInTheMemoryOfTheFile() throws Exception {
    Container driver = driver(OperatorFile.read(FOLDER.resolve("dub.yaml")));
    assertThat(driver.getImage()).isEqualTo("registry.example/latentsync:0.1.0");
    assertThat(driver.getArgs())
        .containsSubsequence(
            "driver",
            "--class",
            "io.latentsync.job.LatentSync",
            "local:///opt/latentsync/latentsync-job.jar",
            "dub",
            "--video_path=s3a://in/talk.mp4");
    // 2 GiB and Spark's overhead for a driver of the JVM, 10 % and at least 384 MiB.
    assertThat(driver.getResources().getRequests().get("memory")).isEqualTo(new Quantity("2432Mi"));
  }

  @Test
  void anExecutorsPodHasTheResourcesOfTheFile() throws Exception {
    Container executor =
        executor(OperatorFile.read(FOLDER.resolve("nightly.yaml")).sparkConf()).container();
    assertThat(executor.getImage()).isEqualTo("registry.example/latentsync:0.1.0-cuda");
    assertThat(executor.getResources().getRequests())
        .containsEntry("cpu", new Quantity("4"))
        .containsEntry("memory", new Quantity((4 + 16) * 1024 + "Mi"));
    assertThat(executor.getResources().getLimits())
        .containsEntry("nvidia.com/gpu", new Quantity("1"))
        .containsEntry("memory", new Quantity((4 + 16) * 1024 + "Mi"));
    assertThat(executor.getEnv())
        .anySatisfy(
            variable -> {
              assertThat(variable.getName()).isEqualTo("SPARK_CLASSPATH");
              assertThat(variable.getValue()).isEqualTo("/opt/latentsync/lib/*");
            })
        .anySatisfy(
            variable ->
                assertThat(variable.getValue()).contains("-Dorg.bytedeco.javacpp.maxBytes=0"));
  }

  @Test
  void theCacheOfANodeIsMountedInItsExecutors() throws Exception {
    SparkConf conf = OperatorFile.read(FOLDER.resolve("dub.yaml")).sparkConf();
    String document = Files.readString(HOME.resolve("deploy/OBJECT_STORES.md"));
    settings(document, "spark.kubernetes.executor.volumes")
        .forEach(setting -> conf.set(setting.group(1), setting.group(2)));
    SparkPod pod = executor(conf);
    assertThat(pod.pod().getSpec().getVolumes())
        .filteredOn(volume -> volume.getHostPath() != null)
        .extracting(volume -> volume.getHostPath().getPath())
        .containsExactly("/var/lib/latentsync-cache");
    assertThat(pod.container().getVolumeMounts())
        .anySatisfy(mount -> assertThat(mount.getMountPath()).isEqualTo("/cache"));
  }

  /** Name and value of settings in a document, which may break lines at blanks. */
  private static Stream<MatchResult> settings(String document, String prefix) {
    return Pattern.compile("--conf\\s+(" + Pattern.quote(prefix) + "\\S*?)=([^\\s`]+)")
        .matcher(document)
        .results();
  }

  @Test
  void theVersionsAreThoseOfTheBuild() throws Exception {
    for (String name : List.of("dub.yaml", "nightly.yaml", "Dockerfile", "Dockerfile.cuda")) {
      assertThat(Files.readString(FOLDER.resolve(name)))
          .as(name)
          .contains(SparkBuildInfo.spark_version());
    }
  }

  @Test
  void eachPathOfTheJobIsInTheImage() throws Exception {
    List<MatchResult> copies =
        Pattern.compile("(?m)^COPY (\\S+) (/opt/latentsync/\\S+)$")
            .matcher(Files.readString(FOLDER.resolve("Dockerfile")))
            .results()
            .toList();
    assertThat(copies).hasSize(4);
    for (String name : List.of("dub.yaml", "nightly.yaml", "README.md")) {
      Pattern.compile("/opt/latentsync/[\\w./-]+")
          .matcher(Files.readString(FOLDER.resolve(name)))
          .results()
          .map(MatchResult::group)
          .forEach(path -> assertThat(isCopied(path, copies)).as("%s: %s", name, path).isTrue());
    }
  }

  /** Whether a path of the image is a copy of a file that exists or that the build makes. */
  private static boolean isCopied(String path, List<MatchResult> copies) {
    return copies.stream()
        .filter(copy -> path.startsWith(copy.group(2)))
        .anyMatch(
            copy -> {
              String source = copy.group(1) + path.substring(copy.group(2).length());
              return source.startsWith("job/target/") || Files.exists(HOME.resolve(source));
            });
  }

  @Test
  void bothImagesCopyTheSameFiles() throws IOException {
    assertThat(copies("Dockerfile.cuda")).containsAll(copies("Dockerfile"));
  }

  private static List<String> copies(String name) throws IOException {
    return Files.readAllLines(FOLDER.resolve(name)).stream()
        .filter(line -> line.startsWith("COPY ") && line.contains("/opt/latentsync"))
        .toList();
  }
}
