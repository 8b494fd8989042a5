package io.latentsync.job.testing;

import io.latentsync.record.RequestResult;
import io.latentsync.record.RequestStatus;
import io.latentsync.record.RunResult;
import io.latentsync.record.SegmentResult;
import io.latentsync.record.StageSeconds;
import io.latentsync.record.SyncNetResult;
import io.latentsync.record.SyncResult;
import io.latentsync.record.TakeResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Rows of results as a run writes them. */
public final class SampleResults {
  private SampleResults() {}

  /** A run of a small cluster, from one o'clock to half past three at night. */
  public static RunResult run(String id) {
    return RunResult.newBuilder()
        .setId(id)
        .setStarted(Instant.parse("2026-11-29T01:00:00.125Z"))
        .setEnded(Instant.parse("2026-11-29T03:30:00.125Z"))
        .setApplication("app-20261129010000-0007")
        .setMaster("spark://10.0.0.1:7077")
        .setExecutors(4)
        .setCores(32)
        .setGpus(4)
        .setVersion("0.1.0")
        .setModel("checkpoints/<latentsync>_unet.pt")
        .setModelFingerprint("0123456789abcdef")
        .setDtype("bf16")
        .setOptions(List.of("--manifest=nightly.csv", "--inference_steps=20", "--min_sync=0.25"))
        .build();
  }

  /** Segments of 96 frames: the second was found, the third rendered at a second attempt. */
  public static RequestResult dubbed(String id, int segments) {
    List<SegmentResult> results = new ArrayList<>();
    for (int i = 0; i < segments; i++) {
      SyncResult sync = i % 5 == 4 ? null : new SyncResult(i % 7 - 3, 0.5, Math.sin(i), i == 0);
      results.add(
          SegmentResult.newBuilder()
              .setFirstFrame(96 * i)
              .setFrames(96)
              .setSeconds(12.5)
              .setAttempt(i == 2 ? 1 : 0)
              .setReused(i == 1)
              .setSync(sync)
              .setBelowMinSync(sync != null && sync.getCorrelationInPlace() < 0.25)
              .setTakes(
                  i == 0
                      ? List.of(
                          new TakeResult(1.5, -0.2, false),
                          new TakeResult(2.0, 0.0, true),
                          new TakeResult(3.0, null, false))
                      : List.of())
              .build());
    }
    return RequestResult.newBuilder()
        .setId(id)
        .setStatus(RequestStatus.done)
        .setVideo("/data/in/video.mp4")
        .setAudio("/data/in/speech.wav")
        .setOutput("/data/out/" + segments + ".mp4")
        .setOutputState("the state of the file")
        .setSeed(1_234_567_890)
        .setSteps(20)
        .setGuidance(1.5)
        .setFrames(96 * segments)
        .setFrameRate(25.0)
        .setSynthesisedFrames(96 * segments - 5)
        .setSeconds(new StageSeconds(0.5, null, 1234.5, 0.25, 0.0, 1.5))
        .setFramesPerSecond(0.125)
        .setSync(new SyncResult(-1, 0.432, 0.4, null))
        .setSyncNet(new SyncNetResult(-1, 5.678, 7.5, 0.25, 180))
        .setMinSync(0.25)
        .setSegments(results)
        .build();
  }

  /** A request that failed in the analysis. */
  public static RequestResult failed(String id, String reason) {
    return RequestResult.newBuilder()
        .setId(id)
        .setStatus(RequestStatus.failed)
        .setReason(reason)
        .setVideo("/data/in/faceless.mp4")
        .setAudio("/data/in/" + "a".repeat(300) + ".wav")
        .setOutput("/data/out/c.mp4")
        .setSeed(1)
        .setSteps(20)
        .setGuidance(1.5)
        .setSeconds(new StageSeconds(0.5, 1.25, null, null, null, null))
        .build();
  }

  /** A request that has not begun. */
  public static RequestResult notBegun(String id, RequestStatus status) {
    return RequestResult.newBuilder(failed(id, ""))
        .setStatus(status)
        .setReason(null)
        .setSeconds(new StageSeconds(null, null, null, null, null, null))
        .build();
  }
}
