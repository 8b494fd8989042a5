package io.latentsync.train.speech;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.latentsync.job.failure.FailureReason;
import io.latentsync.train.clip.ClipScript;
import io.latentsync.train.clip.HeldOut;
import io.latentsync.train.clip.SyntheticClip;
import io.latentsync.train.clip.TrainingClips;
import io.latentsync.train.head.Seeds;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SpeechTest {
  private static final Voice VOICE = new Voice("en-us", 160, 50);

  private static EspeakNg espeak;

  @BeforeAll
  static void findEspeak() throws IOException {
    Assumptions.assumeTrue(
        EspeakNg.available(), "skipped: espeak-ng is not installed (apt-get install espeak-ng)");
    espeak = new EspeakNg();
  }

  @Test
  void aMissingLibraryIsOneLineThatNamesThePackage() {
    assertThatIOException()
        .isThrownBy(() -> new EspeakNg("no-such-library"))
        .satisfies(
            error ->
                assertThat(FailureReason.of(error).text())
                    .isEqualTo(
                        "libno-such-library is not installed; install espeak-ng"
                            + " (such as: apt-get install espeak-ng)"));
  }

  @Test
  void aSentenceHasTheSameSamplesAfterAnyOther() throws IOException {
    Speech first = espeak.speak("A big brown map.", VOICE);
    espeak.speak("Something else.", new Voice("en-us+f3", 180, 60));
    Speech again = espeak.speak("A big brown map.", VOICE);
    assertThat(again.samples()).isEqualTo(first.samples());
    assertThat(again.phonemes()).isEqualTo(first.phonemes());
  }

  @Test
  void aVariantChangesTheSoundButHardlyTheTimesOfThePhonemes() throws IOException {
    Speech own = espeak.speak("A big brown map.", VOICE);
    VoiceVariant variant = VoiceVariant.random(Seeds.random(5, "throat"));
    Speech other = espeak.speak("A big brown map.", new Voice("en-us", 160, 50, variant));
    assertThat(other.samples()).isNotEqualTo(own.samples());
    assertThat(other.phonemes()).hasSameSizeAs(own.phonemes());
    for (int i = 0; i < own.phonemes().size(); i++) {
      assertThat(other.phonemes().get(i).ipa()).isEqualTo(own.phonemes().get(i).ipa());
      assertThat(other.phonemes().get(i).start())
          .isCloseTo(own.phonemes().get(i).start(), within(0.02));
    }
    assertThat(espeak.speak("A big brown map.", new Voice("en-us", 160, 50, variant)).samples())
        .isEqualTo(other.samples());
  }

  @Test
  void phonemesFollowOneAnotherFromStartToEndOfTheSamples() throws IOException {
    Speech speech = espeak.speak("Nobody moved, but Pam spoke up.", VOICE);
    double time = 0;
    for (Phoneme phoneme : speech.phonemes()) {
      assertThat(phoneme.start()).isEqualTo(time);
      assertThat(phoneme.end()).isGreaterThanOrEqualTo(time);
      time = phoneme.end();
    }
    assertThat(time).isEqualTo(speech.samples().length / 16_000.0);
    assertThat(speech.samples().length).isEqualTo(speech.frames() * 640);
  }

  @Test
  void vowelsAreLoudAtTheTimesOfTheirPhonemesWithSilenceAround() throws IOException {
    Speech speech = espeak.speak("Papa popped a paper bag, Bob baked a big potato.", VOICE);
    List<Double> vowels = new ArrayList<>();
    List<Double> silences = new ArrayList<>();
    for (Phoneme phoneme : speech.phonemes()) {
      if (phoneme.ipa().isEmpty()) {
        silences.add(loudness(speech, phoneme.start(), phoneme.end()));
      } else if ("aɑæɒoɪ".indexOf(phoneme.ipa().charAt(0)) >= 0) {
        double middle = (phoneme.start() + phoneme.end()) / 2;
        vowels.add(loudness(speech, middle - 0.015, middle + 0.015));
      }
    }
    assertThat(vowels).hasSizeGreaterThan(4).allMatch(level -> level > 800);
    // Before the first word and after the last.
    assertThat(silences.get(0)).isZero();
    assertThat(silences.get(silences.size() - 1)).isLessThan(10);
  }

  private static double loudness(Speech speech, double from, double to) {
    return Math.sqrt(
        IntStream.range((int) (16_000 * from), (int) (16_000 * to))
            .mapToDouble(i -> (double) speech.samples()[i] * speech.samples()[i])
            .average()
            .orElse(0));
  }

  @Test
  void mouthIsShutInAFrameOfEachClosureAndOpenInVowels() throws IOException {
    SyntheticClip clip =
        SyntheticClip.of(
            new ClipScript(1, "My mother bought a happy puppy. Mama made ham.", VOICE, 1), espeak);
    Speech speech = espeak.speak("My mother bought a happy puppy. Mama made ham.", VOICE);
    assertThat(clip.frames()).isEqualTo(speech.frames());
    assertThat(clip.speech()).isEqualTo(speech.samples());
    int closures = 0;
    int open = 0;
    for (Phoneme phoneme : speech.phonemes()) {
      double middle = (phoneme.start() + phoneme.end()) / 2;
      int frame = Math.min(clip.frames() - 1, (int) (middle * 25));
      if (phoneme.ipa().matches("[pbm]")) {
        closures++;
        assertThat(clip.mouth(frame).opening()).as("%s", phoneme).isLessThan(0.01f);
      } else if (phoneme.ipa().matches("æ|ɑː|aɪ|ɔː") && phoneme.end() - phoneme.start() > 0.1) {
        open++;
        assertThat(clip.mouth(frame).opening()).as("%s", phoneme).isGreaterThan(0.45f);
      }
    }
    assertThat(closures).isGreaterThan(8);
    assertThat(open).isGreaterThan(2);
    assertThat(clip.mouth(0).opening()).isZero();
    assertThat(clip.mouth(clip.frames() - 1).opening()).isZero();
  }

  @Test
  void mouthsMoveSmoothly() throws IOException {
    SyntheticClip clip = SyntheticClip.of(TrainingClips.script(3), espeak);
    for (int i = 1; i < clip.frames(); i++) {
      assertThat(Math.abs(clip.mouth(i).opening() - clip.mouth(i - 1).opening())).isLessThan(0.75f);
    }
  }

  @Test
  @Tag("slow")
  void everyHeldOutSentenceAndManyOfTrainingHaveShapesForAllTheirSounds() throws IOException {
    List<ClipScript> scripts = new ArrayList<>();
    HeldOut.pairs().forEach(pair -> scripts.add(pair.clip()));
    for (int i = 0; i < 12; i++) {
      scripts.add(TrainingClips.script(i));
      scripts.add(TrainingClips.sentence(i));
    }
    for (ClipScript script : scripts) {
      SyntheticClip clip = SyntheticClip.of(script, espeak);
      assertThat(clip.frames()).as(script.sentence()).isBetween(60, 250);
      double widest =
          IntStream.range(0, clip.frames())
              .mapToDouble(i -> clip.mouth(i).opening())
              .max()
              .orElseThrow();
      assertThat(widest).as(script.sentence()).isGreaterThan(0.5);
    }
  }

  @Test
  void heldOutPairsShareNothingWithTraining() {
    Set<String> sentences = new HashSet<>();
    Set<String> voices = new HashSet<>();
    for (int i = 0; i < 20_000; i++) {
      for (ClipScript script : List.of(TrainingClips.script(i), TrainingClips.sentence(i))) {
        sentences.add(script.sentence());
        voices.add(script.voice().name());
      }
    }
    assertThat(HeldOut.pairs()).hasSizeGreaterThanOrEqualTo(12);
    assertThat(HeldOut.pairs())
        .extracting(pair -> pair.voice().name())
        .doesNotContainAnyElementsOf(voices);
    Set<Long> identities = new HashSet<>();
    for (HeldOut.Pair pair : HeldOut.pairs()) {
      assertThat(pair.clip().identity()).isGreaterThan(Integer.MAX_VALUE);
      identities.add(pair.clip().identity());
      assertThat(sentences).doesNotContain(pair.sentence(), pair.clip().sentence());
      assertThat(pair.sentence()).isNotEqualTo(pair.clip().sentence());
      assertThat(pair.voice().name()).isNotEqualTo(pair.clip().voice().name());
    }
    assertThat(identities).hasSameSizeAs(HeldOut.pairs());
  }

  @Test
  void unknownVoiceIsRefusedByName() {
    assertThatThrownBy(() -> espeak.speak("Hello.", new Voice("xx-none", 160, 50)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("xx-none");
  }
}
