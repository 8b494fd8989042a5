package io.latentsync.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPath;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/**
 * Checks that the artifacts of {@code -Pcuda} are published. Their jars have 2.5 GB, so the test
 * sends HEAD requests only.
 */
@Tag("slow")
final class CudaProfileTest {
  private static final String CENTRAL = "https://repo.maven.apache.org/maven2/";

  @Test
  void theArtifactsOfTheCudaProfileArePublished() throws Exception {
    Map<String, String> properties = properties();
    String djl = properties.get("djl.version");
    String torch = properties.get("pytorch.version");
    requirePublished("ai/djl/api/%1$s/api-%1$s.jar".formatted(djl));
    requirePublished("ai/djl/pytorch/pytorch-engine/%1$s/pytorch-engine-%1$s.jar".formatted(djl));
    requirePublished(
        "ai/djl/pytorch/pytorch-jni/%1$s-%2$s/pytorch-jni-%1$s-%2$s.jar".formatted(torch, djl));
    requirePublished(
        "ai/djl/pytorch/%1$s/%2$s/%1$s-%2$s-%3$s.jar"
            .formatted(
                properties.get("native.pytorch.artifact"),
                torch,
                properties.get("native.pytorch")));
    assertThat(properties.get("native.pytorch.artifact"))
        .isEqualTo("pytorch-native-" + properties.get("pytorch.cuda.flavor"));
  }

  /** The parent pom's properties with those of the profile. */
  private static Map<String, String> properties() throws Exception {
    Document pom =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(Path.of("..", "pom.xml").toFile());
    XPath path = XPathFactory.newInstance().newXPath();
    Map<String, String> properties = new HashMap<>();
    for (String place :
        new String[] {
          "/project/properties/*", "/project/profiles/profile[id='cuda']/properties/*"
        }) {
      NodeList nodes = (NodeList) path.evaluate(place, pom, XPathConstants.NODESET);
      for (int i = 0; i < nodes.getLength(); i++) {
        properties.put(nodes.item(i).getNodeName(), nodes.item(i).getTextContent());
      }
    }
    return properties;
  }

  private static void requirePublished(String artifact) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) URI.create(CENTRAL + artifact).toURL().openConnection();
    connection.setRequestMethod("HEAD");
    connection.setConnectTimeout(10_000);
    connection.setReadTimeout(30_000);
    int status;
    try {
      status = connection.getResponseCode();
    } catch (IOException e) {
      abort("skipped: Maven Central cannot be reached");
      throw e;
    }
    assertThat(status).as(artifact).isEqualTo(HttpURLConnection.HTTP_OK);
  }
}
