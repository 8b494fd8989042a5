package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.latentsync.job.cli.DubCommand;
import io.latentsync.job.testing.CommandOutput;
import io.latentsync.job.testing.TwoHeads;
import io.latentsync.testing.NanoModels;
import io.latentsync.text.Printable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dubbing two speakers of one video in one pass. */
@Tag("slow")
final class SpeakersTest {
  private static final int SIDE = TwoHeads.SIDE;
  private static final int FRAMES = 47;

  @TempDir Path folder;

  private NanoModels nano;
  private Path video;
  private Path anna;

  @BeforeEach
  void inputs() throws Exception {
    nano = new NanoModels(folder);
    video = TwoHeads.write(folder, 48);
    anna = Files.move(nano.speech(1.8), folder.resolve("anna.wav"));
    Files.move(nano.speech(1.2), folder.resolve("ben.wav"));
  }

  private Path edit(String json) throws Exception {
    return Files.writeString(folder.resolve("edit.json"), json);
  }

  private CommandOutput dub(Path output, String... options) throws Exception {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--video_path=" + video,
                "--video_out_path=" + output,
                "--inference_steps=2",
                "--segment_frames=16"));
    arguments.addAll(nano.options());
    arguments.addAll(List.of(options));
    return CommandOutput.of("dub", () -> DubCommand.run(arguments.toArray(String[]::new)));
  }

  @Test
  void eachSpeakerFollowsHisOwnSpeechInHisOwnRanges() throws Exception {
    Path edit =
        edit(
            """
            {"speakers": [{"name": "anna", "face": "left", "audio": "anna.wav"},
                          {"name": "ben", "face": "800,256@0.5", "audio": "ben.wav"}],
             "ranges": [{"from": 0, "to": "0:00.48", "dub": "anna"},
                        {"from": 1.28, "to": 1.6, "keep": true}]}
            """);
    Path output = folder.resolve("both.mp4");
    CommandOutput run = dub(output, "--edit=" + edit);
    assertThat(run.errors()).isEmpty();
    assertThat(run.out()).contains("anna: found in", "ben: found in");
    byte[] source = NanoModels.rgb(video);
    byte[] dubbed = NanoModels.rgb(output);
    // The fades last four frames on each side of a kept range.
    assertDubbed(source, dubbed, 0, frame -> frame < 8, frame -> frame >= 12);
    assertDubbed(
        source,
        dubbed,
        SIDE,
        frame -> frame < 28 || frame >= 44,
        frame -> frame >= 32 && frame < 40);

    Path again = folder.resolve("again.mp4");
    System.setProperty("spark.default.parallelism", "1");
    try {
      dub(again, "--edit=" + edit);
    } finally {
      System.clearProperty("spark.default.parallelism");
    }
    assertThat(Files.readAllBytes(again)).isEqualTo(Files.readAllBytes(output));

    JsonNode provenance =
        new JsonMapper().readTree(folder.resolve("both.mp4.provenance.json").toFile());
    assertThat(provenance.at("/speakers/0/name").asText()).isEqualTo("anna");
    assertThat(provenance.at("/speakers/0/resynthesised/0/last").asInt()).isEqualTo(11);
    assertThat(provenance.at("/speakers/1/name").asText()).isEqualTo("ben");
  }

  @Test
  void theStillsOfASpeakerShowThatSpeaker() throws Exception {
    Path manifest =
        Files.writeString(
            folder.resolve("night.jsonl"),
            """
            {"id": "both", "video": "%s", "output": "both.mp4", "speakers": [\
            {"name": "anna", "face": "left", "audio": "anna.wav"}, \
            {"name": "ben", "face": "800,256@0.5", "audio": "ben.wav"}], \
            "ranges": [{"from": 0, "to": 0.48, "dub": "anna"}]}
            """
                .formatted(video.getFileName()));
    List<String> arguments =
        new ArrayList<>(List.of("--manifest=" + manifest, "--inference_steps=2", "--validate=off"));
    arguments.addAll(nano.options());
    CommandOutput run =
        CommandOutput.of("dub", () -> DubCommand.run(arguments.toArray(String[]::new)));
    assertThat(run.errors()).isEmpty();
    JsonNode row = new JsonMapper().readTree(folder.resolve("results.json").toFile()).get(0);
    assertThat(row.get("status").asText()).as(row.toString()).isEqualTo("done");
    JsonNode stills = row.get("stillFrames");
    assertThat(stills.findValuesAsText("speaker")).contains("anna", "ben");
    for (JsonNode still : stills) {
      int middle = still.get("left").asInt() + still.get("side").asInt() / 2;
      if (still.get("speaker").asText().equals("anna")) {
        assertThat(middle).isBetween(SIDE / 4, 3 * SIDE / 4);
      } else {
        assertThat(middle).isBetween(SIDE + SIDE / 4, SIDE + 3 * SIDE / 4);
      }
    }
    String report = Files.readString(folder.resolve("report.html"));
    assertThat(report).contains("<figcaption>anna, ", "<figcaption>ben, ");
  }

  @Test
  void twoSpeakersMustBeTwoPeople() throws Exception {
    Path edit =
        edit(
            """
            {"speakers": [{"name": "anna", "face": "left"}, {"name": "ben", "face": 0}]}
            """);
    CommandOutput run = dub(folder.resolve("both.mp4"), "--edit=" + edit, "--audio_path=" + anna);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.errors())
        .containsExactly(
            "dub: the speakers anna and ben are both the person with number 0 of %s; each must be"
                    .formatted(Printable.value(video))
                + " another person, or they must speak in ranges that do not overlap");
  }

  @Test
  void aPointMustBeInAFace() throws Exception {
    Path edit =
        edit(
            """
            {"speakers": [{"name": "anna", "face": "5,5@0.2", "audio": "anna.wav"}]}
            """);
    CommandOutput run = dub(folder.resolve("both.mp4"), "--edit=" + edit);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.errors())
        .containsExactly(
            "dub: the face of the speaker anna is 5,5@0.2, but %s shows no face there within half a"
                    .formatted(Printable.value(video))
                + " second of that time");
  }

  /** Asserts which frames have a new mouth, and which have not, in the half from a column on. */
  private static void assertDubbed(
      byte[] source, byte[] dubbed, int firstColumn, IntPredicate wanted, IntPredicate kept) {
    assertThat(dubbed).hasSize(FRAMES * 3 * 2 * SIDE * SIDE);
    for (int frame = 0; frame < FRAMES; frame++) {
      int most = 0;
      for (int y = 0; y < SIDE; y++) {
        int row = 3 * ((frame * SIDE + y) * 2 * SIDE + firstColumn);
        for (int i = row; i < row + 3 * SIDE; i++) {
          most = Math.max(most, Math.abs((source[i] & 0xff) - (dubbed[i] & 0xff)));
        }
      }
      if (wanted.test(frame)) {
        assertThat(most).as("frame %d from column %d", frame, firstColumn).isGreaterThan(110);
      }
      if (kept.test(frame)) {
        assertThat(most).as("frame %d from column %d", frame, firstColumn).isLessThan(90);
      }
    }
  }
}
