package io.latentsync.job.stage;

import io.latentsync.job.metrics.Stage;
import io.latentsync.job.metrics.TaskTime;
import io.latentsync.job.provenance.ProvenanceFile;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.request.ModelFiles;
import io.latentsync.job.staging.AnalysedFrame;
import io.latentsync.job.staging.Staging;
import io.latentsync.job.storage.Scratch;
import io.latentsync.media.sound.SoundDamage;
import io.latentsync.media.video.VideoCoding;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.model.bundle.ModelConfig;
import io.latentsync.model.bundle.Models;
import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import io.latentsync.timeline.FrameSchedule;
import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;

/**
 * The plan of a request, made before decoding. The analysis refines its schedule.
 *
 * @param request the request
 * @param staging staging folder of the request
 * @param video timestamps of the source video and frame rate of the dubbed video
 * @param notes notes on converted or repaired inputs, one sentence each
 * @param speeches damage of each speech of {@link DubRequest#speeches}
 * @param schedule maps each frame of the dubbed video to a source frame
 * @param resolution side of the aligned face in pixels
 * @param chunkFrames frames that the UNet denoises together
 */
public record Plan(
    DubRequest request,
    Staging staging,
    VideoProbe video,
    List<String> notes,
    List<SoundDamage> speeches,
    FrameSchedule schedule,
    int resolution,
    int chunkFrames)
    implements Serializable {

  /**
   * Checks video, audio and models, so that unusable files are reported before the work begins, and
   * writes the speech as 16 kHz mono into staging.
   *
   * @throws IOException if an input cannot be used; the message names it
   */
  public static Plan of(DubRequest request, Staging staging, TaskSetup setup) throws IOException {
    Configuration configuration = setup.hadoop().value();
    try (TaskTime time = new TaskTime(Stage.PLAN, request.id(), setup.profile());
        Scratch scratch = Scratch.in(staging.folder())) {
      VideoProbe video =
          VideoProbe.of(
              scratch.input(request.video(), configuration),
              request.rendering().timeline().fps(),
              request.rendering().deinterlacing(),
              VideoCoding.readingDepth(request.rendering().encoding()));
      FrameRate rate = video.frameRate();
      Speeches speeches = Speeches.decode(request, scratch, configuration);
      FrameSchedule schedule =
          CheckedSchedule.of(
              request.video(),
              speeches.longest(),
              video,
              speeches.samples(speeches.longest()),
              request.rendering());
      CheckedSchedule.requireInside(
          "the edit", request.edit().ranges(), rate.seconds(schedule.frames()));
      speeches.stage(schedule, rate, staging, configuration);
      ModelConfig models =
          Models.check(request.models(), new ModelFiles(configuration).locator(scratch));
      CheckedInputs.syncNet(request, rate, scratch, configuration);
      return new Plan(
          request,
          staging,
          video,
          Stream.concat(
                  Notes.ofInputs(
                      video,
                      speeches.repairs(),
                      CheckedInputs.sound(
                          request.video(),
                          request.edit(),
                          request.speeches(),
                          scratch,
                          configuration))
                      .stream(),
                  ProvenanceFile.notes(scratch.input(request.video(), configuration)).stream())
              .toList(),
          speeches.damage(),
          schedule,
          models.resolution(),
          models.chunkFrames());
    }
  }

  /**
   * The plan after the analysis of the source video.
   *
   * @param frames all that the schedule uses
   */
  public Plan analysed(List<AnalysedFrame> frames) {
    return new Plan(
        request,
        staging,
        video,
        notes,
        speeches,
        schedule.analysed(frames.stream().map(AnalysedFrame::luma).toList(), video.frameRate()),
        resolution,
        chunkFrames);
  }

  /** The segments of the dubbed video, of whole chunks. */
  public List<FrameRange> segments() {
    int chunks = (request.segmentFrames() + chunkFrames - 1) / chunkFrames;
    return schedule.segments(chunkFrames, chunks * chunkFrames);
  }
}
