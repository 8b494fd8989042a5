package io.latentsync.audio;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.latentsync.nn.Checkpoint;
import io.latentsync.nn.WhisperEncoder;
import io.latentsync.testing.Clips;
import io.latentsync.testing.Oracles;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("oracle")
final class AudioWindowsOracleTest {

  @Test
  void experiment() throws IOException {
    short[] a = PcmArray.ofWav(Clips.clip("demo1_audio.wav")).pcm();
    short[] b = PcmArray.ofWav(Clips.clip("demo2_audio.wav")).pcm();
    short[] all = new short[3 * (a.length + b.length)];
    for (int i = 0; i < 3; i++) {
      System.arraycopy(a, 0, all, i * (a.length + b.length), a.length);
      System.arraycopy(b, 0, all, i * (a.length + b.length) + a.length, b.length);
    }
    System.out.println("seconds " + all.length / 16000.0);
    try (Checkpoint checkpoint =
            Checkpoint.open(Oracles.root().resolve("whisper_nano").resolve("nano.pt"));
        WhisperEncoder whisper = WhisperEncoder.load(checkpoint, Device.cpu(), DataType.FLOAT32);
        NDManager manager = NDManager.newBaseManager()) {
      NDArray pe = checkpoint.read(manager, "model_state_dict.encoder.positional_embedding");
      System.out.println(
          "pe "
              + pe.getShape()
              + " "
              + pe.get("0, :6")
              + pe.get("1499, :6")
              + " rms "
              + pe.square().mean().sqrt());
      PcmArray track = new PcmArray(all);
      float peak = new LogMel().peak(track);
      for (int shift : new int[] {250, 300, 700}) {
        PcmArray cut = new PcmArray(Arrays.copyOfRange(all, shift * 320, all.length));
        for (AudioWindows laid : AudioWindows.values()) {
          int count = 1800;
          NDArray f =
              new WhisperFeatures(track, peak, laid, whisper::hiddenStates)
                  .frames(manager, 0, count);
          NDArray g =
              new WhisperFeatures(cut, peak, laid, whisper::hiddenStates)
                  .frames(manager, 0, count - shift / 2);
          int states = whisper.config().audioLayers() + 1;
          int border = laid == AudioWindows.REFERENCE ? 750 : 625;
          for (int near : new int[] {0, 2, 25, 50, -100}) {
            int x = near < 0 ? border - 100 : border - near;
            int y = near < 0 ? border - 50 : border + near + 1;
            for (int s = 0; s < states; s++) {
              String index = x + ":" + y + ", " + (8 / 2 * states + s);
              String index2 = (x - shift / 2) + ":" + (y - shift / 2) + ", " + (4 * states + s);
              NDArray p = f.get(index);
              NDArray q = g.get(index2);
              System.out.printf(
                  "shift %d %s near %d state %d: diff %.4f of %.4f%n",
                  shift,
                  laid,
                  near,
                  s,
                  p.sub(q).square().mean().sqrt().getFloat(),
                  p.square().mean().sqrt().getFloat());
            }
          }
        }
      }
    }
    assertThat(all).isNotEmpty();
  }
}
