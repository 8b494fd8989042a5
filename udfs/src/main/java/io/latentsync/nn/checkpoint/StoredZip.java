package io.latentsync.nn.checkpoint;

import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes a zip in PyTorch's layout: all entries in one folder and not compressed, because readers
 * map them from the file.
 */
public final class StoredZip implements AutoCloseable {
  private final ZipOutputStream zip;
  private final String folder;

  public StoredZip(OutputStream out, String folder) {
    this.zip = new ZipOutputStream(out);
    this.folder = folder;
  }

  public void store(String name, byte[] content) throws IOException {
    CRC32 sum = new CRC32();
    sum.update(content);
    ZipEntry entry = new ZipEntry(folder + "/" + name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCrc(sum.getValue());
    entry.setTime(0);
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }
}
