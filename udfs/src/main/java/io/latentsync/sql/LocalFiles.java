package io.latentsync.sql;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;

/** Provides local copies of the files that a function reads. */
@FunctionalInterface
public interface LocalFiles extends Serializable {

  /** Opens a folder for the files of one call. */
  Folder open() throws IOException;

  /** The files of one call of a function; closing it removes the copies. */
  interface Folder extends AutoCloseable {

    /**
     * Finds or fetches a file.
     *
     * @param location a local path, or one of a file system that the executor reaches
     * @return the local file, which must not be changed
     * @throws IOException if there is no such file or it cannot be fetched
     */
    Path file(String location) throws IOException;

    /** A folder for temporary files of the function. */
    Path scratch();

    @Override
    void close() throws IOException;
  }
}
