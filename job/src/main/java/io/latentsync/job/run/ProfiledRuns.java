package io.latentsync.job.run;

import ai.djl.Device;
import io.latentsync.job.metrics.RunMeasures;
import io.latentsync.job.metrics.RunProfile;
import io.latentsync.job.profile.ChartPicture;
import io.latentsync.job.profile.FlightRecording;
import io.latentsync.job.profile.Profile;
import io.latentsync.job.profile.ProfileCharts;
import io.latentsync.job.profile.ProfileJson;
import io.latentsync.job.profile.ProfilePage;
import io.latentsync.job.profile.ProfileRequest;
import io.latentsync.job.profile.ProfileText;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.request.ModelFiles;
import io.latentsync.job.result.Outcome;
import io.latentsync.job.result.Results;
import io.latentsync.job.result.Summary;
import io.latentsync.job.spark.GpuShare;
import io.latentsync.job.spark.NativeFaultWatch;
import io.latentsync.job.spark.Progress;
import io.latentsync.job.spark.TaskDevice;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import io.latentsync.model.bundle.Models;
import io.latentsync.model.bundle.NetworkLease;
import io.latentsync.model.estimate.OperatorTrial;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Dubs one video several times, each time without results of earlier runs, and writes a profile. If
 * a run fails, no profile is written.
 */
public final class ProfiledRuns {
  private static final String JSON = "profile.json";
  private static final String TEXT = "profile.txt";
  private static final String RECORDING = "recording.jfr";

  private final JavaSparkContext spark;
  private final Progress progress;
  private final Results results;
  private final ProfileRequest profileRequest;

  public ProfiledRuns(
      JavaSparkContext spark, Progress progress, Results results, ProfileRequest profileRequest) {
    this.spark = spark;
    this.progress = progress;
    this.results = results;
    this.profileRequest = profileRequest;
  }

  /** The files of a profile in a folder. */
  public static List<Location> files(Location folder) {
    return Stream.concat(
            Stream.of(TEXT, JSON, RECORDING).map(folder::child),
            ProfileCharts.NAMES.stream().map(name -> picture(folder, name)))
        .toList();
  }

  private static Location picture(Location folder, String chart) {
    return folder.child(chart + ".png");
  }

  /**
   * Runs the request several times and writes the profile.
   *
   * @param stagingRoot folder of intermediate files
   * @throws IOException if the files of the profile cannot be written
   */
  public ProfileResult dub(DubRequest request, Location stagingRoot) throws IOException {
    Configuration configuration = spark.hadoopConfiguration();
    List<RunMeasures> runs = new ArrayList<>();
    Outcome outcome = null;
    try (FlightRecording recording = FlightRecording.begin()) {
      for (int run = 1; run <= profileRequest.runs(); run++) {
        RunProfile profile = RunProfile.begin(spark.sc(), run, profileRequest.memory());
        outcome =
            new Batch(spark, progress, results, false, profile)
                .dub(List.of(request), any -> stagingRoot)
                .get(0);
        if (!(outcome instanceof Outcome.Done done)) {
          return ProfileResult.unmeasured(List.of(outcome));
        }
        runs.add(
            profile.measures(done.summary().times().stages(), checksum(request, configuration)));
      }
      Summary last = ((Outcome.Done) outcome).summary();
      Profile profile =
          Profile.of(
              request.id(),
              request.output().name(),
              last.schedule().frames(),
              runs,
              operators(request));
      String text = ProfileText.of(profile);
      List<ChartPicture> charts = ProfileCharts.of(profile);
      for (ChartPicture chart : charts) {
        picture(profileRequest.folder(), chart.name()).commit(configuration, chart.png());
      }
      profileRequest
          .folder()
          .child(TEXT)
          .commit(configuration, text.getBytes(StandardCharsets.UTF_8));
      profileRequest.folder().child(JSON).commit(configuration, ProfileJson.of(profile));
      recording.commit(profileRequest.folder().child(RECORDING), configuration);
      return new ProfileResult(
          List.of(outcome), text, Optional.of(new ProfilePage(profile, charts)));
    }
  }

  private static String checksum(DubRequest request, Configuration configuration)
      throws IOException {
    Location output = request.output();
    try (InputStream in = output.fileSystem(configuration).open(output.hadoopPath())) {
      return DigestUtils.sha256Hex(in);
    }
  }

  /** Measures the networks' operators on the CPU. Empty if the networks' device is a GPU. */
  private Optional<OperatorTrial> operators(DubRequest request) {
    SerializableConfiguration hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    JavaRDD<DubRequest> task = spark.parallelize(List.of(request), 1);
    List<OperatorTrial> trials =
        GpuShare.on(task, request.rendering())
            .flatMap(
                new NativeFaultWatch<DubRequest, OperatorTrial>(
                    input -> tryOperators(input, hadoop.value()).stream().iterator()))
            .collect();
    return trials.stream().findFirst();
  }

  private static Optional<OperatorTrial> tryOperators(
      DubRequest request, Configuration configuration) throws IOException {
    try (TaskDevice taken = GpuShare.device(request.rendering().compute().device())) {
      if (!taken.device().getDeviceType().equals(Device.Type.CPU)) {
        return Optional.empty();
      }
      try (Scratch scratch = Scratch.temporary();
          NetworkLease<Models> models =
              new ModelFiles(configuration).lease(request.models(), taken.device(), scratch)) {
        return Optional.of(OperatorTrial.of(models.network(), request.rendering()));
      }
    }
  }
}
