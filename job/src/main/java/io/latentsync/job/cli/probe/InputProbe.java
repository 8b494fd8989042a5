package io.latentsync.job.cli.probe;

import io.latentsync.audio.DecodedSound;
import io.latentsync.audio.FeatureWindows;
import io.latentsync.audio.PcmFile;
import io.latentsync.audio.PcmSource;
import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FaceDetector;
import io.latentsync.face.detect.Rotation;
import io.latentsync.face.track.VideoOrientation;
import io.latentsync.job.edit.Edit;
import io.latentsync.job.edit.Speaker;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.provenance.ProvenanceFile;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.request.FaceOptions;
import io.latentsync.job.request.OnDamaged;
import io.latentsync.job.stage.Analyse;
import io.latentsync.job.stage.CheckedInputs;
import io.latentsync.job.stage.CheckedSchedule;
import io.latentsync.job.stage.InputDamage;
import io.latentsync.job.stage.Notes;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import io.latentsync.media.sound.AacTrack;
import io.latentsync.media.sound.AudioProbe;
import io.latentsync.media.sound.AudioReader;
import io.latentsync.media.sound.SoundDamage;
import io.latentsync.media.video.FrameState;
import io.latentsync.media.video.VideoCoding;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.media.yuv.HdrTransfer;
import io.latentsync.model.render.RenderOptions;
import io.latentsync.shot.LumaBlocks;
import io.latentsync.shot.Shots;
import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import io.latentsync.timeline.FrameSchedule;
import io.latentsync.timeline.LengthPolicy;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;

/**
 * Checks the inputs of a request in the same way as {@code dub}, without rendering.
 *
 * @param onDamaged policy for damaged inputs
 * @param segmentFrames frames of a segment, in whole chunks
 * @param lines receives name and value of each line of the report
 */
public record InputProbe(
    Configuration configuration,
    OnDamaged onDamaged,
    int segmentFrames,
    BiConsumer<String, String> lines) {
  /** Number of frames, evenly spaced over the video, in which faces are detected. */
  private static final int SAMPLE = 12;

  /**
   * The faces in a sample of the source frames.
   *
   * @param looked number of sampled frames
   * @param found number of them with a face
   * @param several number of them with more than one face
   */
  public record Faces(int looked, int found, int several) implements Serializable {}

  /**
   * The work of a request.
   *
   * @param coding of the dubbed video
   * @param frames number of frames of the dubbed video
   * @param seconds length of the dubbed video
   * @param segments number of segments
   * @param shots number of shots of the source video
   * @param faces faces of the source video
   * @param newLips estimated share of the frames that get new lips, 0 to 1
   * @param newFaces largest number of new faces in all frames together: that of the frames that are
   *     not kept, for each speaker
   * @param speakers the speakers of a request with an edit; else empty
   * @param notes notes on the inputs, one sentence each
   */
  public record Work(
      VideoProbe video,
      VideoCoding coding,
      int frames,
      double seconds,
      int segments,
      int shots,
      Faces faces,
      double newLips,
      long newFaces,
      List<SpeakerShare> speakers,
      List<String> notes)
      implements Serializable {}

  /**
   * A speaker of a request.
   *
   * @param newLips share of the output's frames in which the speaker gets new lips if the face is
   *     visible, 0 to 1
   */
  public record SpeakerShare(String name, double newLips) implements Serializable {}

  /**
   * Checks the inputs of a request, and reports their properties.
   *
   * @throws IOException if {@code dub} would reject them
   */
  public Work of(DubRequest request) throws IOException {
    Work work =
        of(request.video(), request.audio(), request.edit(), request.faces(), request.rendering());
    try (Scratch scratch = Scratch.temporary()) {
      CheckedInputs.syncNet(request, work.video().frameRate(), scratch, configuration);
    }
    return work;
  }

  /**
   * Checks a video and its speeches, and reports their properties.
   *
   * @param audio the speech of a request without speakers
   * @throws IOException if {@code dub} would reject them
   */
  public Work of(
      Location video, Location audio, Edit edit, FaceOptions models, RenderOptions options)
      throws IOException {
    List<Speaker> speakers =
        edit.speakers().stream()
            .map(speaker -> speaker.keeping(options.timeline().kept()))
            .toList();
    // The longest of them determines the length.
    List<Location> speeches =
        speakers.isEmpty()
            ? List.of(audio)
            : speakers.stream().map(Speaker::speech).distinct().toList();
    try (Scratch scratch = Scratch.temporary()) {
      Path file = scratch.input(video, configuration);
      VideoProbe probe =
          VideoProbe.of(
              file,
              options.timeline().fps(),
              options.deinterlacing(),
              VideoCoding.readingDepth(options.encoding()));
      lines.accept("video", text(probe));
      List<String> notes = new ArrayList<>();
      List<SoundDamage> sounds = new ArrayList<>();
      Location longest = speeches.get(0);
      long samples = -1;
      Optional<AacTrack.Channels> channels =
          CheckedInputs.sound(video, edit, speeches, scratch, configuration);
      for (Location speech : speeches) {
        Path sound = scratch.input(speech, configuration);
        Path pcm = scratch.folder().resolve("speech-%d.pcm".formatted(sounds.size()));
        DecodedSound decoded = PcmFile.decode(sound, pcm);
        sounds.add(decoded.damage());
        Notes.ofInputs(probe, decoded.repairs(), channels).stream()
            .filter(note -> !notes.contains(note))
            .forEach(notes::add);
        try (PcmFile decodedSpeech = PcmFile.open(pcm)) {
          double seconds = (double) decodedSpeech.samples() / PcmSource.SAMPLE_RATE;
          lines.accept("audio", text(AudioReader.probe(sound), seconds));
          if (decodedSpeech.samples() > samples) {
            samples = decodedSpeech.samples();
            longest = speech;
          }
        }
      }
      notes.addAll(ProvenanceFile.notes(file));
      notes.forEach(note -> lines.accept("note", note));
      FeatureWindows windows = new FeatureWindows(samples, probe.frameRate());
      FrameSchedule order = CheckedSchedule.of(video, longest, probe, samples, options);
      VideoCoding coding = VideoCoding.of(options.encoding(), probe);
      lines.accept("output", text(order, probe.frameRate()) + "; " + coding.text());
      int segments = FrameRange.cut(order.frames(), segmentFrames).size();
      lines.accept(
          "segments",
          "%d, with %d audio windows of 30 s (%s)"
              .formatted(
                  segments, options.audioWindows().count(windows.rows()), options.audioWindows()));
      CheckedSchedule.requireInside(
          "the edit", edit.ranges(), probe.frameRate().seconds(order.frames()));
      Faces faces;
      try (FaceDetector detector = Analyse.detector(models, configuration, scratch)) {
        faces = faces(file, probe, order.framesUsed(), video, detector);
      }
      List<FrameState> states = new ArrayList<>();
      List<LumaBlocks> luma = new ArrayList<>();
      decode(file, probe, order.framesUsed(), states, luma);
      InputDamage damage = InputDamage.of(order, probe, sounds, states);
      lines.accept("damage", damage.notes().isEmpty() ? "none" : String.join("; ", damage.notes()));
      Shots shots = order.analysed(luma, probe.frameRate()).shots();
      lines.accept("shots", shots.text(probe.frameRate()));
      damage.require(onDamaged, video, speeches);
      notes.addAll(damage.notes());
      List<SpeakerShare> shares =
          speakers.stream()
              .map(
                  speaker ->
                      new SpeakerShare(
                          speaker.name(),
                          share(
                              order, frame -> speaker.kept().share(frame, probe.frameRate()) > 0)))
              .toList();
      shares.forEach(
          speaker ->
              lines.accept(
                  "speaker",
                  String.format(
                      Locale.ROOT,
                      "%s: new lips in up to %.0f %% of the frames",
                      speaker.name(),
                      100 * speaker.newLips())));
      double dubbed = share(order, frame -> isDubbed(frame, probe.frameRate(), options, speakers));
      return new Work(
          probe,
          coding,
          order.frames(),
          probe.frameRate().seconds(order.frames()),
          segments,
          shots.cuts().size() + 1,
          faces,
          dubbed * faces.found() / Math.max(1, faces.looked()),
          Math.round(
              order.frames()
                  * (shares.isEmpty()
                      ? dubbed
                      : shares.stream().mapToDouble(SpeakerShare::newLips).sum())),
          shares,
          List.copyOf(notes));
    }
  }

  /** The share of the output's frames with a property. */
  private static double share(FrameSchedule order, IntPredicate property) {
    return (double) IntStream.range(0, order.frames()).filter(property).count() / order.frames();
  }

  private static boolean isDubbed(
      int frame, FrameRate rate, RenderOptions options, List<Speaker> speakers) {
    return speakers.isEmpty()
        ? options.timeline().kept().share(frame, rate) > 0
        : speakers.stream().anyMatch(speaker -> speaker.kept().share(frame, rate) > 0);
  }

  private static String text(VideoProbe probe) {
    return String.format(
        Locale.ROOT,
        "%s%s, %d×%d, %.2f frames/s: %d frames at %s fps (%.2f s)",
        probe.codec(),
        depth(probe),
        probe.width(),
        probe.height(),
        probe.sourceFrameRate(),
        probe.frames(),
        probe.frameRate(),
        probe.durationSeconds());
  }

  /** Empty for SDR of 8 bits. */
  private static String depth(VideoProbe probe) {
    String bits =
        probe.coded().bits() > Byte.SIZE ? ", %d bits".formatted(probe.coded().bits()) : "";
    return HdrTransfer.of(probe.color().transfer())
        .map(transfer -> bits + ", HDR (" + transfer + ")")
        .orElse(bits);
  }

  /** The container's duration may be that of its first part only. */
  private static String text(AudioProbe probe, double seconds) {
    return String.format(
        Locale.ROOT,
        "%s, %d Hz, %d channel%s, %.2f s",
        probe.codec(),
        probe.sampleRate(),
        probe.channels(),
        probe.channels() == 1 ? "" : "s",
        seconds);
  }

  private static String text(FrameSchedule order, FrameRate rate) {
    return String.format(
        Locale.ROOT,
        "%d frames (%.2f s): %s",
        order.frames(),
        rate.seconds(order.frames()),
        source(order));
  }

  private static String source(FrameSchedule order) {
    if (order.policy() == LengthPolicy.REMAP) {
      return String.format(
          Locale.ROOT,
          "all %d of the video, at %.2f times its speed",
          order.sourceFrames(),
          order.speed());
    }
    if (order.frames() <= order.sourceFrames()) {
      return "the video's first %d".formatted(order.framesUsed());
    }
    return switch (order.policy()) {
      case LOOP -> "the video is shorter and starts again";
      case HOLD -> "the video is shorter and its last frame is repeated";
      default -> "the video is shorter and plays backward and forward";
    };
  }

  /**
   * The faces in a sample of frames; reports a line about them. If these show no face, all frames
   * are searched.
   *
   * @throws InvalidInputException if no frame shows a face
   */
  private Faces faces(
      Path file, VideoProbe probe, int frames, Location video, FaceDetector detector)
      throws IOException {
    int sampled = Math.min(SAMPLE, frames);
    int found = 0;
    int several = 0;
    int interlaced = 0;
    float smallest = Float.POSITIVE_INFINITY;
    Rotation rotation;
    try (VideoReader reader = VideoReader.open(file, probe)) {
      rotation = VideoOrientation.of(reader, probe.frames(), detector);
      FaceDetector upright = rotation.upright(detector);
      for (int i = 0; i < sampled; i++) {
        try (VideoFrame picture = reader.read((int) ((2L * i + 1) * frames / (2L * sampled)))) {
          interlaced += picture.isDeinterlaced() ? 1 : 0;
          List<DetectedFace> faces = upright.detect(picture.toRgb());
          several += faces.size() > 1 ? 1 : 0;
          Optional<DetectedFace> largest =
              faces.stream().max(Comparator.comparing(DetectedFace::area));
          if (largest.isPresent()) {
            found++;
            smallest = Math.min(smallest, largest.get().height());
          }
        }
      }
      if (found == 0) {
        requireFace(reader, upright, frames, video);
      }
    }
    String size = found == 0 ? "" : ", at least %.0f pixels high".formatted(smallest);
    String rotated =
        rotation == Rotation.NONE ? "" : ", rotated by %d°".formatted(rotation.degrees());
    String full = interlaced == 0 ? "" : "; %d deinterlaced".formatted(interlaced);
    lines.accept(
        "faces",
        "in %d of %d sampled frames%s%s; several in %d%s"
            .formatted(found, sampled, rotated, size, several, full));
    return new Faces(sampled, found, several);
  }

  /** Searches all frames for a face. */
  private static void requireFace(
      VideoReader reader, FaceDetector upright, int frames, Location video) throws IOException {
    for (int frame = 0; frame < frames; frame++) {
      try (VideoFrame picture = reader.read(frame)) {
        if (!upright.detect(picture.toRgb()).isEmpty()) {
          return;
        }
      }
    }
    throw InvalidInputException.noFace(video, frames);
  }

  /** Decodes all frames that the request uses, because damage can be anywhere in the file. */
  private static void decode(
      Path file, VideoProbe probe, int frames, List<FrameState> states, List<LumaBlocks> luma)
      throws IOException {
    try (VideoReader reader = VideoReader.open(file, probe)) {
      for (int frame = 0; frame < frames; frame++) {
        try (VideoFrame picture = reader.read(frame)) {
          states.add(picture.state());
          luma.add(LumaBlocks.of(picture));
        }
      }
    }
  }
}
