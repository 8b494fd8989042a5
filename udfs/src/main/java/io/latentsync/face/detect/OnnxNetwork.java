package io.latentsync.face.detect;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import io.latentsync.image.RgbImage;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A network in an ONNX file with one square RGB picture as input, run by ONNX Runtime on the CPU.
 */
final class OnnxNetwork implements AutoCloseable {
  private final Path file;
  private final OrtSession session;
  private final String input;

  private OnnxNetwork(Path file, OrtSession session) {
    this.file = file;
    this.session = session;
    this.input = session.getInputNames().iterator().next();
  }

  /**
   * Loads a network.
   *
   * @param outputs required number of outputs
   * @throws IOException if the file cannot be read or is another network; the message names it
   */
  static OnnxNetwork load(Path file, int outputs) throws IOException {
    OrtSession session = null;
    boolean fits = false;
    // One thread, so that a task takes one core and the sums are always split the same way.
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      session = environment().createSession(file.toString(), options);
      if (session.getNumInputs() != 1 || session.getNumOutputs() != outputs) {
        throw new IOException(
            "%s: has %d inputs and %d outputs, but must have 1 and %d"
                .formatted(file, session.getNumInputs(), session.getNumOutputs(), outputs));
      }
      fits = true;
      return new OnnxNetwork(file, session);
    } catch (OrtException e) {
      throw new IOException(file + ": is not an ONNX network: " + e.getMessage(), e);
    } finally {
      if (session != null && !fits) {
        close(session, file);
      }
    }
  }

  /**
   * The network's output for a picture.
   *
   * @param square a square picture, given to the network as {@code [1, 3, side, side]}
   * @param mean subtracted from each sample, 0…255
   * @param deviation divisor of the difference
   * @return each output's values in row-major order
   * @throws IllegalStateException if the network does not accept such a picture
   */
  List<float[]> run(RgbImage square, float mean, float deviation) {
    int side = square.width();
    int plane = side * side;
    float[] values = new float[3 * plane];
    byte[] pixels = square.pixels();
    for (int i = 0; i < plane; i++) {
      for (int c = 0; c < 3; c++) {
        values[c * plane + i] = ((pixels[3 * i + c] & 0xff) - mean) / deviation;
      }
    }
    try (OnnxTensor tensor =
            OnnxTensor.createTensor(
                environment(), FloatBuffer.wrap(values), new long[] {1, 3, side, side});
        OrtSession.Result result = session.run(Map.of(input, tensor))) {
      List<float[]> outputs = new ArrayList<>();
      for (Map.Entry<String, OnnxValue> output : result) {
        FloatBuffer buffer = ((OnnxTensor) output.getValue()).getFloatBuffer();
        float[] copy = new float[buffer.remaining()];
        buffer.get(copy);
        outputs.add(copy);
      }
      return outputs;
    } catch (OrtException e) {
      throw new IllegalStateException(file + ": cannot be run: " + e.getMessage(), e);
    }
  }

  /** ONNX Runtime, set to print only errors: it would repeat its warnings for each network. */
  private static OrtEnvironment environment() {
    return OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
  }

  private static void close(OrtSession session, Path file) {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException(file + ": cannot be closed: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    close(session, file);
  }
}
