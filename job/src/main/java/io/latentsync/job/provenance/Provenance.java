package io.latentsync.job.provenance;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.storage.Location;
import io.latentsync.media.SyntheticMediaMark;
import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import io.latentsync.timeline.FrameSchedule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/**
 * What an output was made of: the contents of the file beside it. docs/provenance.md describes the
 * fields.
 *
 * @param schema version of these fields
 * @param generator the program
 * @param created when the output was written, UTC
 * @param digitalSourceType IPTC's term for the output
 * @param video the source video
 * @param speech the new speech of the request
 * @param sound the files that make the sound of the output
 * @param speakers of a request with several speakers; else empty
 * @param model its files
 * @param options that determine the pictures
 * @param output the output
 * @param resynthesised the frames with new lips
 * @param ingredients other provenance that the inputs carry
 */
record Provenance(
    int schema,
    String generator,
    String created,
    String digitalSourceType,
    Content video,
    Content speech,
    List<Content> sound,
    List<Voice> speakers,
    List<Content> model,
    Options options,
    Output output,
    List<Frames> resynthesised,
    List<Ingredient> ingredients) {
  private static final int SCHEMA = 2;
  private static final String GENERATOR = "LatentSync for Spark";

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  /**
   * A file.
   *
   * @param name as the user gave it
   * @param sha256 in hexadecimal digits
   */
  record Content(String name, String sha256) {}

  /**
   * A speaker.
   *
   * @param speech that the lips follow
   * @param resynthesised the frames in which the speaker gets new lips
   */
  record Voice(String name, Content speech, List<Frames> resynthesised) {}

  /** The options that determine the pictures, besides the model. */
  record Options(
      int inferenceSteps,
      double guidanceScale,
      long seed,
      String blend,
      String resampling,
      String fps,
      String syncMode,
      String keep,
      String face,
      String silence,
      String deinterlace,
      String label,
      int crf) {}

  /**
   * The output.
   *
   * @param name as the user gave it
   * @param sha256 in hexadecimal digits
   * @param frames number of frames
   * @param frameRate frames per second
   * @param cuts source frames with which a new shot begins, 0-based
   * @param turns first and last source frame between which a shorter video is played forward and
   *     backward, 0-based; empty for others
   */
  record Output(
      String name,
      String sha256,
      int frames,
      double frameRate,
      List<Integer> cuts,
      List<Integer> turns) {}

  /**
   * Frames with new lips.
   *
   * @param first 0-based
   * @param last inclusive
   */
  record Frames(int first, int last) {
    static List<Frames> of(List<FrameRange> ranges) {
      return ranges.stream()
          .map(range -> new Frames(range.first(), range.first() + range.frames() - 1))
          .toList();
    }
  }

  /**
   * A provenance record in an input.
   *
   * @param of name of the input
   * @param kind of the record
   * @param sha256 of the record, in hexadecimal digits
   */
  record Ingredient(String of, String kind, String sha256) {}

  /**
   * The provenance of an output that is finished but not committed.
   *
   * @param video local copy of the source video
   * @param finished local file of the output
   * @param schedule its frames
   * @param rate of its frames
   * @throws IOException if a file cannot be read
   */
  static Provenance of(
      DubRequest request,
      Path video,
      Path finished,
      FrameSchedule schedule,
      FrameRate rate,
      List<DubbedFrames> dubbed,
      Configuration configuration)
      throws IOException {
    ContentDigest digest = new ContentDigest(configuration);
    List<Content> model = new ArrayList<>();
    for (String file : request.models().files()) {
      model.add(new Content(file, digest.ofModel(file)));
    }
    List<Content> sound = new ArrayList<>();
    for (Location track : request.sounds()) {
      sound.add(new Content(track.name(), digest.of(track)));
    }
    List<Voice> speakers = new ArrayList<>();
    if (!request.edit().speakers().isEmpty()) {
      for (DubbedFrames speaker : dubbed) {
        speakers.add(
            new Voice(
                speaker.speaker(),
                new Content(speaker.speech().name(), digest.of(speaker.speech())),
                Frames.of(speaker.ranges())));
      }
    }
    return new Provenance(
        SCHEMA,
        GENERATOR,
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        SyntheticMediaMark.SOURCE_TYPE,
        new Content(request.video().name(), digest.of(request.video())),
        new Content(request.audio().name(), digest.of(request.audio())),
        List.copyOf(sound),
        List.copyOf(speakers),
        List.copyOf(model),
        options(request),
        new Output(
            request.output().name(),
            new Location(finished.toString()).sha256(configuration),
            schedule.frames(),
            rate.perSecond(),
            schedule.shots().cuts(),
            schedule.turns()),
        Frames.of(
            FrameRange.where(
                schedule.frames(),
                frame -> dubbed.stream().anyMatch(speaker -> speaker.contains(frame)))),
        ContentCredentials.find(video).stream()
            .map(found -> new Ingredient(request.video().name(), "c2pa", found.sha256()))
            .toList());
  }

  private static Options options(DubRequest request) {
    return new Options(
        request.rendering().sampling().steps(),
        request.rendering().sampling().guidanceScale(),
        request.rendering().seed(),
        request.rendering().pasting().blend().toString(),
        request.rendering().pasting().resampling().toString(),
        request.rendering().timeline().fps().toString(),
        request.rendering().timeline().length().toString(),
        request.rendering().timeline().kept().toString(),
        request.faces().choice().toString(),
        request.rendering().silence().toString(),
        request.rendering().deinterlacing().toString(),
        request.rendering().pasting().label(),
        request.rendering().encoding().crf());
  }

  byte[] json() throws JsonProcessingException {
    return (JSON.writeValueAsString(this) + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
