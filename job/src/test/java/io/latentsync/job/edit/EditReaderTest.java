package io.latentsync.job.edit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.latentsync.face.track.FaceChoice;
import io.latentsync.job.storage.Location;
import io.latentsync.timeline.KeptRanges;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class EditReaderTest {
  private static final Location FOLDER = new Location("/in");
  private static final Location SPEECH = new Location("/speech.wav");

  private final List<String> problems = new ArrayList<>();

  private Optional<Edit> read(Optional<Location> speech, String json) throws Exception {
    return EditReader.read(
        "talk.json",
        new JsonMapper().readTree(json.replace('\'', '"')),
        FOLDER,
        speech,
        problems::add);
  }

  private Edit valid(String json) throws Exception {
    Optional<Edit> edit = read(Optional.of(SPEECH), json);
    assertThat(problems).isEmpty();
    return edit.orElseThrow();
  }

  private void refused(String json, String... lines) throws Exception {
    assertThat(read(Optional.empty(), json)).isEmpty();
    assertThat(problems).containsExactly(lines);
  }

  @Test
  void aSpeakerHasAFaceASpeechAndRanges() throws Exception {
    Edit edit =
        valid(
            """
            {'speakers': [{'name': 'anna', 'face': 'left', 'audio': 'anna.wav'},
                          {'name': 'ben', 'face': 1},
                          {'name': 'eve', 'face': '640,360@2.5'}],
             'ranges': [{'to': '1:00', 'dub': 'anna'}, {'from': 70.5, 'to': '1:20', 'dub': 'anna'},
                        {'from': 75, 'to': 76, 'keep': true, 'sound': 'source'}]}
            """);
    assertThat(edit.speakers())
        .containsExactly(
            new Speaker(
                "anna",
                FaceChoice.of("left").orElseThrow(),
                new Location("/in/anna.wav"),
                KeptRanges.parse("60-70.5,75-76,80-")),
            new Speaker("ben", FaceChoice.of("1").orElseThrow(), SPEECH, KeptRanges.parse("75-76")),
            new Speaker(
                "eve",
                FaceChoice.of("640,360@2.5").orElseThrow(),
                SPEECH,
                KeptRanges.parse("75-76")));
    assertThat(edit.sound()).isEqualTo(OutputSound.MIX.withSource(KeptRanges.parse("75-76")));
  }

  @Test
  void theSoundOfOneSpeechIsThatSpeech() throws Exception {
    assertThat(valid("{'speakers': [{'name': 'anna', 'face': 'left'}]}").sound())
        .isEqualTo(OutputSound.SPEECH);
  }

  @Test
  void theSoundMayBeAFile() throws Exception {
    Edit edit = valid("{'speakers': [{'name': 'a', 'face': 'left'}], 'sound': 'music.flac'}");
    assertThat(edit.sound().location()).contains(new Location("/in/music.flac"));
  }

  @Test
  void speakersMustBeWhole() throws Exception {
    refused(
        """
        {'speakers': [{'face': 'middle'}, {'name': 'ben', 'face': 'left', 'audio': 3}, 7],
         'ranges': {}}
        """,
        "talk.json: speakers[0].name is missing, but must be a name such as anna",
        "talk.json: speakers[0].face is middle, but must be largest, left, right, a number from 0"
            + " to 9999, or a point of the face and its time in seconds, such as 640,360@2.5",
        "talk.json: speakers[0].audio is missing, and the request has no speech; one of them must"
            + " name a file",
        "talk.json: speakers[1].audio is 3, but must be a text",
        "talk.json: speakers[2] must be an object in braces",
        "talk.json: ranges must be a list in square brackets");
  }

  @Test
  void namesAndFieldsMustBeKnown() throws Exception {
    refused(
        """
        {'speakers': [{'name': 'a', 'face': 0, 'audio': 'a.wav'},
                      {'name': 'a', 'face': 1, 'audio': 'a.wav', 'speech': 'a.wav'},
                      {'name': 'a', 'face': 1, 'audio': 'a.wav'}],
         'ranges': [{'from': 1, 'to': 2, 'dub': 'b'}]}
        """,
        "talk.json: speakers[1]: unknown field speech; the fields are audio, face, name",
        "talk.json: ranges[0].dub is b, but must be the name of a speaker: a");
  }

  @Test
  void aSpeakerWithAProblemIsStillKnownToTheRanges() throws Exception {
    refused(
        """
        {'speakers': [{'name': 'a', 'face': 0, 'audio': 'a.wav'},
                      {'name': 'b', 'face': 'up', 'audio': 'b.wav'}],
         'ranges': [{'to': 2, 'dub': 'b'}]}
        """,
        "talk.json: speakers[1].face is up, but must be largest, left, right, a number from 0 to"
            + " 9999, or a point of the face and its time in seconds, such as 640,360@2.5");
  }

  @Test
  void rangesMustBeRight() throws Exception {
    refused(
        """
        {'speakers': [{'name': 'a', 'face': 0, 'audio': 'a.wav'}],
         'ranges': [{'from': 'soon', 'keep': true}, {'from': 2, 'to': 1, 'keep': true},
                    {'from': 1}, {'keep': true, 'dub': 'a'}, {'dub': 'a', 'sound': 'source'},
                    {'keep': 'yes'}]}
        """,
        "talk.json: ranges[0].from is soon, but must be a time in seconds, mm:ss or hh:mm:ss, such"
            + " as 61.5 or 1:01.5",
        "talk.json: ranges[1].to is 1.0, but must be later than from, which is 2.0",
        "talk.json: ranges[2] must have either dub with the name of a speaker, or keep: true",
        "talk.json: ranges[3] must have either dub with the name of a speaker, or keep: true",
        "talk.json: ranges[4].sound is source, but must be source, in a range with keep: true",
        "talk.json: ranges[5].keep is \"yes\", but must be true");
  }

  @Test
  void thereMustBeASpeaker() throws Exception {
    refused(
        "{'speakers': []}",
        "talk.json: speakers has no entry, but must have one for each person who gets new lips");
  }
}
