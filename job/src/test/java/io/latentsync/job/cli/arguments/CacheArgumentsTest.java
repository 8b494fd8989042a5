package io.latentsync.job.cli.arguments;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.storage.InputCache;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The way of the options to the executors. */
final class CacheArgumentsTest {
  private static Configuration seenByExecutors(SparkConf conf, String... options)
      throws InvalidInputException {
    CommandLine.populateCommand(new CacheArguments(), options).addTo(conf);
    return SparkHadoopUtil.get().newConfiguration(conf);
  }

  @Test
  void folderAndSizeArePassedToTheExecutors() throws InvalidInputException {
    Configuration seen =
        seenByExecutors(
            new SparkConf(false), "--cache_dir=/scratch/../scratch/copies", "--cache_size=500m");
    assertThat(seen.get(InputCache.FOLDER)).isEqualTo("/scratch/copies");
    assertThat(seen.getLongBytes(InputCache.SIZE, -1)).isEqualTo(500L << 20);
  }

  @Test
  void sparksSettingsApplyWithoutOptions() throws InvalidInputException {
    SparkConf conf = new SparkConf(false).set("spark.hadoop." + InputCache.SIZE, "7g");
    Configuration seen = seenByExecutors(conf);
    assertThat(seen.getLongBytes(InputCache.SIZE, -1)).isEqualTo(7L << 30);
    assertThat(seen.get(InputCache.FOLDER)).isNull();
    assertThat(seenByExecutors(conf, "--cache_size=0").getLongBytes(InputCache.SIZE, -1)).isZero();
  }
}
