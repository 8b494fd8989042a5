package io.latentsync.shot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.image.RgbImage;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.testing.Clips;
import io.latentsync.testing.MadeShots;
import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The shots of encoded videos that are made from the demonstration's two heads. */
final class ShotsTest {
  @TempDir static Path folder;

  private static List<RgbImage> one;
  private static List<RgbImage> other;

  @BeforeAll
  static void pictures() throws IOException {
    one = MadeShots.pictures(Clips.sample("clip1.mp4", folder), 60);
    other = MadeShots.pictures(Clips.sample("clip2.mp4", folder), 60);
  }

  private static List<Integer> cuts(Path video) throws IOException {
    VideoProbe probe = VideoProbe.of(video);
    try (VideoReader reader = VideoReader.open(video, probe)) {
      List<LumaBlocks> luma = LumaBlocks.of(reader, probe.frames());
      return Shots.of(luma, probe.frameRate()).cuts();
    }
  }

  private static List<Integer> cuts(MadeShots made) throws IOException {
    return cuts(made.write(folder.resolve("made.mp4")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"clip1.mp4", "clip2.mp4"})
  void aSyntheticHeadIsOneShot(String clip) throws IOException {
    assertThat(cuts(Clips.sample(clip, folder))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"demo1_video.mp4", "demo2_video.mp4"})
  void aRealTakeIsOneShot(String clip) throws IOException {
    assertThat(cuts(Clips.clip(clip))).isEmpty();
  }

  @Test
  void hardCutsAreFoundWhereTheyAre() throws IOException {
    MadeShots made =
        new MadeShots()
            .cut(one.subList(0, 30))
            .cut(other.subList(0, 9))
            .cut(one.subList(30, 60))
            .cut(other.subList(30, 50));
    assertThat(cuts(made)).containsExactly(30, 39, 69);
  }

  @Test
  void aCutToACloserPictureOfTheSameHeadIsFound() throws IOException {
    List<RgbImage> closer =
        one.subList(30, 60).stream().map(picture -> MadeShots.enlarged(picture, 1.25)).toList();
    assertThat(cuts(new MadeShots().cut(one.subList(0, 30)).cut(closer))).containsExactly(30);
  }

  @Test
  void flashesAreNoCuts() throws IOException {
    assertThat(cuts(new MadeShots().cut(one).flash(12, 1).flash(28, 2).flash(45, 3))).isEmpty();
  }

  @Test
  void aCutWithAFlashOrABlendedPictureIsFound() throws IOException {
    MadeShots flash =
        new MadeShots().cut(one.subList(0, 30)).cut(other.subList(0, 30)).flash(30, 1);
    assertThat(cuts(flash)).containsExactly(31);
    MadeShots blended = new MadeShots().cut(one.subList(0, 30)).dissolve(other.subList(0, 30), 1);
    assertThat(cuts(blended)).containsExactly(30);
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 12, 25})
  void aDissolveIsACutInItsMiddle(int frames) throws IOException {
    MadeShots made = new MadeShots().cut(one).dissolve(other, frames);
    List<Integer> cuts = cuts(made);
    assertThat(cuts).hasSize(1);
    assertThat(cuts.get(0)).isBetween(60 - frames * 2 / 3, 60 - frames / 3);
  }

  @ParameterizedTest
  @ValueSource(ints = {6, 12})
  void aFadeThroughBlackIsOneCut(int frames) throws IOException {
    MadeShots made = new MadeShots().cut(one.subList(0, 45)).fade(other.subList(0, 45), frames);
    List<Integer> cuts = cuts(made);
    assertThat(cuts).hasSize(1);
    assertThat(cuts.get(0)).isBetween(43, 47);
  }

  @Test
  void aVideoOfAFewFramesIsOneShot() throws IOException {
    assertThat(cuts(new MadeShots().cut(one.subList(0, 1)))).isEmpty();
    assertThat(cuts(new MadeShots().cut(one.subList(0, 4)))).isEmpty();
    assertThat(Shots.of(List.of(), FrameRate.REFERENCE)).isEqualTo(Shots.ONE);
  }

  @Test
  void framesBelongToTheShotThatBeginsBeforeThem() {
    Shots shots = new Shots(List.of(3, 10));
    assertThat(List.of(shots.shot(0), shots.shot(2), shots.shot(3), shots.shot(9), shots.shot(99)))
        .containsExactly(0, 0, 1, 1, 2);
    assertThat(shots.ranges(12))
        .containsExactly(new FrameRange(0, 3), new FrameRange(3, 7), new FrameRange(10, 2));
    assertThat(shots.ranges(10)).containsExactly(new FrameRange(0, 3), new FrameRange(3, 7));
    assertThat(shots.ranges(0)).isEmpty();
    assertThat(Shots.ONE.ranges(5)).containsExactly(new FrameRange(0, 5));
    assertThat(shots.text(FrameRate.REFERENCE)).isEqualTo("3, cut at 0.12, 0.40 s of the video");
    assertThat(Shots.ONE.text(FrameRate.REFERENCE)).isEqualTo("1");
  }

  @Test
  void storedBlocksOfAnotherNumberAreRefused() {
    assertThatThrownBy(() -> new LumaBlocks(new byte[3]))
        .hasMessage("a picture has 256 blocks, got 3");
  }
}
