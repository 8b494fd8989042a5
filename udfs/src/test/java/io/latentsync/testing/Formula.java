package io.latentsync.testing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.latentsync.nn.checkpoint.CheckpointWriter.Content;
import io.latentsync.nn.checkpoint.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Tensors that are generated from their names, so no file is needed: SplitMix64 (Steele et al.,
 * 2014), seeded with the name's SHA-256. The golden data were computed with the reference
 * implementation from the same tensors.
 */
public final class Formula {
  /** Bound of uniform values of variance 1. */
  public static final double UNIT = Math.sqrt(3);

  private static final double OF_VECTORS = 0.25;
  private static final String POSITIONS = ".pos_encoder.pe";

  private Formula() {}

  /**
   * Uniform values in −bound…bound.
   *
   * @param name seed of the values
   * @param shape row-major sizes
   */
  public static float[] values(String name, double bound, long... shape) {
    long seed = ByteBuffer.wrap(sha256(name)).getLong();
    float[] values = new float[Math.toIntExact(new Shape(shape).size())];
    for (int i = 0; i < values.length; i++) {
      long z = seed + (i + 1) * 0x9E3779B97F4A7C15L;
      z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
      z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
      z ^= z >>> 31;
      values[i] = (float) ((2 * ((z >>> 40) * 0x1p-24) - 1) * bound);
    }
    return values;
  }

  private static byte[] sha256(String name) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has SHA-256
    }
  }

  /** Uniform values as an array of the given shape. */
  public static NDArray array(NDManager manager, String name, double bound, long... shape) {
    return manager.create(values(name, bound, shape), new Shape(shape));
  }

  /**
   * The weights of a network, scaled so that its activations stay near 1.
   *
   * @param prefix prefix of the tensors' names in the seeds
   * @param shapes row-major shape of each tensor by name
   */
  public static SortedMap<String, Content> weights(
      String prefix, SortedMap<String, long[]> shapes) {
    SortedMap<String, Content> weights = new TreeMap<>();
    shapes.forEach((name, shape) -> weights.put(name, content(weight(prefix, name, shape), shape)));
    return weights;
  }

  private static float[] weight(String prefix, String name, long... shape) {
    if (name.endsWith(POSITIONS)) {
      return sinusoids(Math.toIntExact(shape[1]), Math.toIntExact(shape[2]));
    }
    if (shape.length > 1) {
      double fanIn = (double) new Shape(shape).size() / shape[0];
      return values(prefix + name, Math.sqrt(3 / fanIn), shape);
    }
    float[] values = values(prefix + name, OF_VECTORS, shape);
    // The scale of a norm, or the variance of a batch norm.
    if (name.endsWith("weight") || name.endsWith("running_var")) {
      for (int i = 0; i < values.length; i++) {
        values[i] += 1;
      }
    }
    return values;
  }

  /** The positional encoding of a motion module, which is not a learnt weight: [1,places,width]. */
  private static float[] sinusoids(int places, int width) {
    float[] table = new float[places * width];
    for (int place = 0; place < places; place++) {
      for (int i = 0; i < width; i += 2) {
        double angle = place * Math.exp(-i * Math.log(10_000) / width);
        table[place * width + i] = (float) Math.sin(angle);
        table[place * width + i + 1] = (float) Math.cos(angle);
      }
    }
    return table;
  }

  private static Content content(float[] values, long... shape) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return new Content(new TensorInfo(TensorInfo.Type.FLOAT32, shape), bytes.array());
  }
}
