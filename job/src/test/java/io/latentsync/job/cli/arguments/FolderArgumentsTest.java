package io.latentsync.job.cli.arguments;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.staging.SegmentCache;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** How the options of the segment cache reach the executors. */
final class FolderArgumentsTest {
  private static Configuration seenByExecutors(String... options) throws InvalidInputException {
    SparkConf conf = new SparkConf(false);
    CommandLine.populateCommand(new FolderArguments(), options).addTo(conf);
    return SparkHadoopUtil.get().newConfiguration(conf);
  }

  @Test
  void folderAndSizeArePassedToTheExecutors() throws InvalidInputException {
    Configuration seen =
        seenByExecutors("--segment_cache=/data/../data/segments", "--segment_cache_size=500m");
    assertThat(seen.get(SegmentCache.FOLDER)).isEqualTo("/data/segments");
    assertThat(seen.getLongBytes(SegmentCache.SIZE, -1)).isEqualTo(500L << 20);
    assertThat(seenByExecutors("--segment_cache=hdfs://host/segments").get(SegmentCache.FOLDER))
        .isEqualTo("hdfs://host/segments");
  }

  @Test
  void keptStagingHasACacheNextToItUnlessAnotherIsNamed() throws InvalidInputException {
    assertThat(seenByExecutors().get(SegmentCache.FOLDER)).isNull();
    assertThat(seenByExecutors("--keep_staging").get(SegmentCache.FOLDER))
        .isEqualTo(".latentsync-segments");
    assertThat(
            seenByExecutors("--keep_staging", "--segment_cache=/data/segments")
                .get(SegmentCache.FOLDER))
        .isEqualTo("/data/segments");
  }
}
