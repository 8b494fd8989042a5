package io.latentsync.job.staging;

import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import org.apache.avro.file.DataFileStream;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.hadoop.conf.Configuration;

/** A file in staging that holds one record. */
public final class StagedRow {
  private StagedRow() {}

  /** Writes the file, whole or not at all, by way of a scratch folder. */
  public static <R extends SpecificRecord> void write(
      R row, Location file, Scratch scratch, Configuration configuration) throws IOException {
    Path finished = scratch.folder().resolve("row.avro");
    try (DataFileWriter<R> writer = new DataFileWriter<>(new SpecificDatumWriter<>())) {
      writer.create(row.getSchema(), finished.toFile());
      writer.append(row);
    }
    file.commit(configuration, finished);
  }

  /** Reads the file. */
  public static <R extends SpecificRecord> R read(
      Class<R> type, Location file, Configuration configuration) throws IOException {
    try (InputStream in = file.fileSystem(configuration).open(file.hadoopPath());
        DataFileStream<R> reader = new DataFileStream<>(in, new SpecificDatumReader<>(type))) {
      return reader.next();
    }
  }
}
