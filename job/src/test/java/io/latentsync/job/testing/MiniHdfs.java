package io.latentsync.job.testing;

import io.latentsync.job.storage.Location;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;

/**
 * A real HDFS with one data node in this process, reachable from other processes of this machine.
 */
public final class MiniHdfs implements AutoCloseable {
  private final Path folder;
  private final Configuration configuration = new Configuration();
  private final MiniDFSCluster cluster;

  /** Starts it, with its blocks in a folder. */
  public MiniHdfs(Path folder) throws IOException {
    this.folder = folder;
    configuration.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, folder.resolve("hdfs").toString());
    cluster = new MiniDFSCluster.Builder(configuration).numDataNodes(1).build();
    cluster.waitActive();
  }

  public Configuration configuration() {
    return configuration;
  }

  /** A location on this HDFS. */
  public Location at(String path) {
    return new Location(cluster.getURI() + path);
  }

  /** Copies a local file or folder to this HDFS. */
  public Location upload(Path local, String path) throws IOException {
    Location target = at(path);
    target
        .fileSystem(configuration)
        .copyFromLocalFile(
            false, true, new org.apache.hadoop.fs.Path(local.toUri()), target.hadoopPath());
    return target;
  }

  /** Writes a file to this HDFS. */
  public Location upload(byte[] contents, String path) throws IOException {
    return upload(Files.write(folder.resolve("to upload"), contents), path);
  }

  @Override
  public void close() {
    cluster.close();
  }
}
