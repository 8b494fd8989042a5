package io.latentsync.benchmarks;

import io.latentsync.face.detect.FaceMesh;
import io.latentsync.face.detect.FaceMesh.Mesh;
import io.latentsync.face.detect.FaceRegion;
import io.latentsync.image.RgbPart;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The face mesh of a frame of 512×512 pixels; needs a build with MediaPipe's models. */
@State(Scope.Thread)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class MeshBenchmark {
  /** The whole picture: a head fills it as the mesh expects. */
  private static final FaceRegion REGION = new FaceRegion(256, 256, 512, 0);

  private FaceMesh mesh;
  private RgbPart picture;

  /** Loads the network. */
  @Setup
  public void load() throws IOException {
    mesh = new FaceMesh();
    picture = RgbPart.whole(ClipFrames.get(0));
  }

  /** Frees the network. */
  @TearDown
  public void close() {
    mesh.close();
  }

  /** One pass of the mesh: 468 points. */
  @Benchmark
  public Mesh findMesh() {
    return mesh.findIn(picture, REGION).orElseThrow();
  }
}
