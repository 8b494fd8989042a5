package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.cli.DubCommand;
import io.latentsync.job.testing.StandaloneCluster;
import io.latentsync.job.testing.Submission;
import io.latentsync.testing.NanoModels;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A standalone cluster with a secret and TLS, as deploy/standalone/README.md describes it: it dubs,
 * refuses a driver without the secret, and shows the secret nowhere.
 */
final class SecureClusterIT {
  private static final String SECRET = "a-secret-that-must-not-be-shown";
  private static final String PASSWORD = "a-password-that-must-not-be-shown";

  @TempDir Path folder;

  private Path keys() throws Exception {
    Path keys = folder.resolve("keys.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "cluster",
                "-keyalg",
                "EC",
                "-dname",
                "CN=latentsync",
                "-ext",
                "san=ip:127.0.0.1",
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-keystore",
                keys.toString())
            .inheritIO()
            .start();
    assertThat(keytool.waitFor()).isZero();
    return keys;
  }

  /** The settings of conf/spark-defaults.conf and the secrets, in a file of the owner. */
  private Path settings(Path keys) throws Exception {
    Path conf = Path.of(System.getProperty("deploy.dir", "../deploy")).resolveSibling("conf");
    Path settings = folder.resolve("secure.conf");
    Files.createFile(
        settings,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(
        settings,
        Files.readString(conf.resolve("spark-defaults.conf"))
            + """

            spark.authenticate true
            spark.authenticate.secret %s
            spark.ssl.rpc.enabled true
            spark.ssl.rpc.protocol TLSv1.3
            spark.ssl.rpc.keyStoreType PKCS12
            spark.ssl.rpc.keyStore %s
            spark.ssl.rpc.keyStorePassword %s
            spark.ssl.rpc.trustStoreType PKCS12
            spark.ssl.rpc.trustStore %s
            spark.ssl.rpc.trustStorePassword %s
            """
                .formatted(SECRET, keys, PASSWORD, keys, PASSWORD));
    return settings;
  }

  @Test
  void aClusterWithASecretAndTlsDubsAndRefusesOthers() throws Exception {
    NanoModels nano = new NanoModels(folder);
    List<String> arguments = new ArrayList<>(nano.options());
    arguments.add("--video_path=" + nano.video(8));
    arguments.add("--audio_path=" + nano.speech(1.2));
    arguments.add("--inference_steps=2");
    arguments.add("--segment_frames=16");
    Path local = folder.resolve("local.mp4");
    assertThat(DubCommand.run(with(arguments, local).toArray(String[]::new))).isZero();

    Path keys = keys();
    Path settings = settings(keys);
    Path files = Files.createDirectory(folder.resolve("cluster"));
    try (StandaloneCluster cluster = new StandaloneCluster(files, 2, settings)) {
      assertThat(speaksTls(cluster, keys)).isTrue();
      Path output = folder.resolve("dubbed.mp4");
      Submission run = cluster.submit(List.of(), with(arguments, output));
      assertThat(run.exitCode()).as("exit code; %s", run.output()).isZero();
      assertThat(Files.readAllBytes(output)).isEqualTo(Files.readAllBytes(local));

      Path other = folder.resolve("other.mp4");
      Path wrong = folder.resolve("wrong.conf");
      Files.writeString(wrong, Files.readString(settings).replace(SECRET, "another-secret"));
      Submission refused =
          cluster.submit(List.of("--properties-file", wrong.toString()), with(arguments, other));
      assertThat(refused.exitCode()).as("exit code; %s", refused.output()).isNotZero();
      assertThat(other).doesNotExist();
      cluster.awaitNoExecutors();
    }
    try (Stream<Path> written = Files.walk(files)) {
      for (Path file : written.filter(Files::isRegularFile).toList()) {
        if (!file.toString().endsWith(".jar")) {
          assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
              .as(file.toString())
              .doesNotContain(SECRET, PASSWORD);
        }
      }
    }
  }

  private static List<String> with(List<String> arguments, Path output) {
    List<String> all = new ArrayList<>(arguments);
    all.add("--video_out_path=" + output);
    return all;
  }

  /** Whether the master completes the handshake of TLS with its certificate. */
  private static boolean speaksTls(StandaloneCluster cluster, Path keys) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keys)) {
      store.load(in, PASSWORD.toCharArray());
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(null, trust.getTrustManagers(), null);
    int port = Integer.parseInt(cluster.master().replaceAll(".*:", ""));
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
      socket.startHandshake();
      return socket.getSession().getProtocol().equals("TLSv1.3");
    }
  }
}
