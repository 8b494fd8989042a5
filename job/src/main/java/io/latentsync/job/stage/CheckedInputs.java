package io.latentsync.job.stage;

import io.latentsync.job.edit.Edit;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import io.latentsync.media.sound.AacTrack;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.networks.SyncNet;
import io.latentsync.time.FrameRate;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/** Checks of the output's sound and of the SyncNet, for a plan and for a dry run. */
public final class CheckedInputs {
  private CheckedInputs() {}

  /**
   * Checks the files that make the sound of the output.
   *
   * @param speeches of the speakers, each once
   * @return the channels of the sound; empty if it is a mix
   * @throws IOException if a file cannot be encoded; the message names it
   */
  public static Optional<AacTrack.Channels> sound(
      Location video,
      Edit edit,
      List<Location> speeches,
      Scratch scratch,
      Configuration configuration)
      throws IOException {
    boolean mixed = !edit.sound().source().ranges().isEmpty();
    if (mixed) {
      AacTrack.requireEncodable(scratch.input(video, configuration));
    }
    List<AacTrack.Channels> channels = new ArrayList<>();
    for (Location sound : edit.sounds(speeches)) {
      channels.add(AacTrack.requireEncodable(scratch.input(sound, configuration)));
    }
    return mixed || channels.size() > 1 ? Optional.empty() : Optional.of(channels.get(0));
  }

  /**
   * Checks the SyncNet, if the request has one.
   *
   * @param rate frame rate of the dubbed video
   * @throws IOException if it cannot be used; the message names it
   */
  public static void syncNet(
      DubRequest request, FrameRate rate, Scratch scratch, Configuration configuration)
      throws IOException {
    if (request.sync().network().isPresent()) {
      if (!rate.equals(FrameRate.REFERENCE)) {
        throw new InvalidInputException(
            "--syncnet_path: SyncNet needs 25 frames per second, but --fps source keeps the %s of %s;"
                    .formatted(rate, request.video())
                + " omit one of the two options");
      }
      try (Checkpoint checkpoint =
          Checkpoint.open(scratch.input(request.sync().network().get(), configuration))) {
        SyncNet.requireFit(checkpoint);
      }
    }
  }
}
