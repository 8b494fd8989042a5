package io.latentsync.train.clip;

import io.latentsync.image.RgbImage;
import io.latentsync.train.head.HeadIdentity;
import io.latentsync.train.head.HeadMotion;
import io.latentsync.train.head.HeadRenderer;
import io.latentsync.train.head.MouthShape;
import io.latentsync.train.speech.EspeakNg;
import io.latentsync.train.speech.Speech;
import java.io.IOException;

/**
 * A synthetic head that speaks: pictures at 25 fps, the speech, and the true mouth of each frame.
 * It is a function of its script. Frames are rendered on demand, in any thread.
 */
public final class SyntheticClip {
  /** Width and height of the frames in pixels. */
  public static final int SIZE = HeadRenderer.SIZE;

  private static final double FRAME_SECONDS = 1 / 25.0;

  private final HeadRenderer renderer;
  private final HeadMotion motion;
  private final Speech speech;
  private final Visemes visemes;

  /**
   * The clip of a script.
   *
   * @throws IOException if the speech cannot be made
   */
  public static SyntheticClip of(ClipScript script, EspeakNg espeak) throws IOException {
    return new SyntheticClip(
        script.identity(), espeak.speak(script.sentence(), script.voice()), script.motion());
  }

  /** A head and its motion, by seeds, with a speech that was synthesised before. */
  public SyntheticClip(long identity, Speech speech, long motion) {
    this.renderer = new HeadRenderer(HeadIdentity.of(identity));
    this.motion = new HeadMotion(motion);
    this.speech = speech;
    this.visemes = new Visemes(speech.phonemes());
  }

  /** The number of frames; the speech has the same length. */
  public int frames() {
    return speech.frames();
  }

  /** A frame, {@link #SIZE} × {@link #SIZE} pixels. */
  public RgbImage frame(int i) {
    return renderer.render(motion.at(time(i)), mouth(i));
  }

  /** A frame with another mouth. */
  public RgbImage frame(int i, MouthShape mouth) {
    return renderer.render(motion.at(time(i)), mouth);
  }

  /** The speech: one channel at 16 kHz, 640 samples a frame. */
  public short[] speech() {
    return speech.samples().clone();
  }

  /** The mouth of a frame. */
  public MouthShape mouth(int i) {
    return visemes.at(time(i));
  }

  /** A frame shows the middle of its interval. */
  private double time(int i) {
    if (i < 0 || i >= frames()) {
      throw new IndexOutOfBoundsException("frame %d of a clip of %d frames".formatted(i, frames()));
    }
    return (i + 0.5) * FRAME_SECONDS;
  }
}
