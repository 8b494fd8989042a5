package io.latentsync.testing;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;

/** Small files with black pictures of any size. */
public final class BlankPng {
  private BlankPng() {}

  /** Writes a PNG with 1 bit per pixel, all black. */
  public static Path write(Path file, int width, int height) throws IOException {
    byte[] row = new byte[1 + (width + 7) / 8];
    ByteArrayOutputStream pixels = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflater = new DeflaterOutputStream(pixels)) {
      for (int y = 0; y < height; y++) {
        deflater.write(row);
      }
    }
    try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(file))) {
      out.writeLong(0x89504e470d0a1a0aL);
      ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height).put((byte) 1);
      chunk(out, "IHDR", header.array());
      chunk(out, "IDAT", pixels.toByteArray());
      chunk(out, "IEND", new byte[0]);
    }
    return file;
  }

  private static void chunk(DataOutputStream out, String type, byte[] data) throws IOException {
    out.writeInt(data.length);
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    out.write(name);
    out.write(data);
    CRC32 sum = new CRC32();
    sum.update(name);
    sum.update(data);
    out.writeInt((int) sum.getValue());
  }
}
