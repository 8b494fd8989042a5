package io.latentsync.job.cli.arguments;

import io.latentsync.job.edit.Edit;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.manifest.Manifest;
import io.latentsync.job.manifest.ManifestEntry;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.request.InputCheck;
import io.latentsync.job.storage.Location;
import io.latentsync.model.render.RenderOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Mixin;

/** The options that determine how each video is dubbed. */
public final class RequestArguments {
  @Mixin private ModelArguments model = new ModelArguments();

  @Mixin private FaceArguments faces = new FaceArguments();

  @Mixin private RenderArguments rendering = new RenderArguments();

  @Mixin private SyncArguments sync = new SyncArguments();

  @Mixin private FinishingArguments finishing = new FinishingArguments();

  public ModelArguments model() {
    return model;
  }

  /** What is done with the stitched outputs. */
  public FinishingArguments finishing() {
    return finishing;
  }

  /**
   * The options of the rendering.
   *
   * @throws InvalidInputException naming the option, its value and the valid values
   */
  public RenderOptions rendering() throws InvalidInputException {
    return rendering.options(model.defaultBlend());
  }

  /**
   * Checks the options that need no file.
   *
   * @throws InvalidInputException naming the option, its value and the valid values
   */
  public void requireValid() throws InvalidInputException {
    rendering();
    rendering.segmentFrames();
    faces.options();
    sync.options();
  }

  /**
   * Reads and checks the requests of the inputs.
   *
   * @param check receives all problems with files
   * @param mayBeEmpty whether a manifest without requests is allowed
   * @throws IOException naming the option, its value and the valid values
   */
  public CheckedRequests of(
      DubInputs inputs, Configuration configuration, InputCheck check, boolean mayBeEmpty)
      throws IOException {
    // Checked before anything is read, also for a manifest without requests.
    rendering.segmentFrames();
    CheckedRequests requests;
    if (inputs instanceof DubInputs.Single single) {
      requests = new CheckedRequests(List.of(of(single)), Map.of());
      check.readable("--video_path", single.video(), false);
      if (single.edit().speakers().stream()
          .noneMatch(speaker -> speaker.speech().equals(single.audio()))) {
        check.readable("--audio_path", single.audio(), false);
      }
      check.edit("--edit", single.edit());
      check.video("--video_out_path", single.output());
    } else {
      requests = of((DubInputs.Listed) inputs, configuration, check, mayBeEmpty);
    }
    check.models(model.bundle());
    check.faces(faces.options());
    check.syncNet(sync.options());
    return requests;
  }

  private DubRequest of(DubInputs.Single inputs) throws InvalidInputException {
    RenderOptions options = rendering();
    sync.requireDifferent(options.sampling());
    return request(
        inputs.video().fileName(),
        inputs.video(),
        inputs.audio(),
        inputs.output(),
        options,
        inputs.edit(),
        false);
  }

  private CheckedRequests of(
      DubInputs.Listed inputs, Configuration configuration, InputCheck check, boolean mayBeEmpty)
      throws IOException {
    List<DubRequest> requests = new ArrayList<>();
    Map<String, String> places = new HashMap<>();
    for (ManifestEntry entry : Manifest.read(inputs.manifest(), configuration, check, mayBeEmpty)) {
      places.put(entry.id(), entry.place());
      try {
        RenderOptions own =
            rendering.options(
                model.defaultBlend(),
                entry.seed(),
                entry.steps(),
                entry.guidance(),
                entry.fps(),
                entry.length(),
                entry.kept(),
                entry.silence(),
                entry.label());
        requests.add(
            request(
                entry.id(), entry.video(), entry.audio(), entry.output(), own, entry.edit(), true));
      } catch (InvalidInputException e) {
        // The value is valid by itself, but not in combination with other options.
        check.problem(entry.place() + ": " + e.getMessage());
      }
    }
    return new CheckedRequests(requests, places);
  }

  private DubRequest request(
      String id,
      Location video,
      Location audio,
      Location output,
      RenderOptions options,
      Edit edit,
      boolean listed)
      throws InvalidInputException {
    finishing.requireSignable(output.fileName());
    return new DubRequest(
        id,
        video,
        audio,
        output,
        model.bundle(),
        faces.options(),
        options,
        sync.options(),
        rendering.onDamaged(),
        finishing.options(listed),
        rendering.segmentFrames(),
        edit);
  }
}
