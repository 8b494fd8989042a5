package io.latentsync.job.stage;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.storage.Scratch;
import io.latentsync.media.sound.AacTrack;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.networks.SyncNet;
import io.latentsync.time.FrameRate;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;

/** Checks of the inputs that a request need not have, before the work begins. */
public final class CheckedInputs {
  private CheckedInputs() {}

  /**
   * Checks the sound of the output: a file of its own, the ranges of the video's own sound, or the
   * speech.
   *
   * @return the channels of the sound if it is not mixed
   * @throws IOException if it cannot be encoded; the message names it
   */
  public static AacTrack.Channels sound(
      DubRequest request, Scratch scratch, Configuration configuration) throws IOException {
    if (!request.edit().sound().source().ranges().isEmpty()) {
      AacTrack.requireEncodable(scratch.input(request.video(), configuration));
    }
    return AacTrack.requireEncodable(
        scratch.input(request.edit().sound().location().orElse(request.audio()), configuration));
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
