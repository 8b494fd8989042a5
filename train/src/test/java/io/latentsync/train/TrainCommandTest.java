package io.latentsync.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.latentsync.diffusion.ChunkSampler;
import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.Scheduler;
import io.latentsync.diffusion.SchedulerConfig;
import io.latentsync.diffusion.SeededNoise;
import io.latentsync.model.bundle.ModelConfig;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.CheckpointWriter;
import io.latentsync.nn.networks.AutoencoderKl;
import io.latentsync.nn.networks.UNet3d;
import io.latentsync.nn.networks.WhisperEncoder;
import io.latentsync.train.clip.SyntheticClip;
import io.latentsync.train.clip.TrainingClips;
import io.latentsync.train.data.FaceFolder;
import io.latentsync.train.data.SentenceFolder;
import io.latentsync.train.data.SpokenSentence;
import io.latentsync.train.data.TalkingFaces;
import io.latentsync.train.data.ToyFaces;
import io.latentsync.train.data.Utterance;
import io.latentsync.train.objective.ModelFolder;
import io.latentsync.train.objective.NetworkConfigs;
import io.latentsync.train.speech.EspeakNg;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
final class TrainCommandTest {
  private static final long LARGEST_MODEL = 15_000_000;

  @TempDir private Path folder;

  @Test
  void stagesLeaveAModelThatTheSamplerRuns() throws IOException {
    Path data = folder.resolve("data");
    ToyFaces toy = new ToyFaces(2, 9, 128);
    FaceFolder.write(data, "0", toy.clip(0));
    FaceFolder.write(data, "1", toy.clip(1));
    CheckpointWriter.safetensors(
        data.resolve("sentences/0.safetensors"),
        new Utterance(toy.clip(1).speech(), toy.clip(1).mouths()).tensors());
    Path out = folder.resolve("model");

    assertThat(train("vae", "--data=" + data, "--out=" + out, "--steps=4")).isZero();
    assertThat(train("audio", "--data=" + data, "--out=" + out, "--steps=2")).isZero();
    byte[] audioEncoder = Files.readAllBytes(out.resolve("whisper/tiny.pt"));
    Files.delete(out.resolve("whisper/tiny.pt"));
    assertThat(train("unet", "--data=" + data, "--out=" + out, "--steps=3", "--minutes=0"))
        .isZero();
    assertThat(out.resolve("whisper/tiny.pt")).hasBinaryContent(audioEncoder);
    assertThat(
            train(
                "unet",
                "--data=" + data,
                "--out=" + out,
                "--steps=3",
                "--frames=4",
                "--gradient_checkpointing"))
        .isZero();

    List<String> log = Files.readAllLines(out.resolve("training/unet.csv"));
    assertThat(log).hasSize(4);
    assertThat(log.get(3)).startsWith("2,");
    assertThat(ImageIO.read(out.resolve("training/unet.png").toFile()).getWidth()).isEqualTo(900);
    assertThat(sizeOfModel(out)).isLessThan(LARGEST_MODEL);

    // A finished state writes its model again, with or without its log.
    Files.delete(out.resolve("training/unet.csv"));
    Files.delete(out.resolve("latentsync_unet.pt"));
    assertThat(train("unet", "--data=" + data, "--out=" + out, "--steps=3", "--frames=4")).isZero();
    assertThat(sample(out)).hasSize(2 * 3 * 128 * 128).doesNotContain(Float.NaN);
  }

  @Test
  void missingDataAreRefusedWithExitCodeTwo() {
    assertThat(train("vae", "--data=" + folder.resolve("none"), "--out=" + folder)).isEqualTo(2);
  }

  @Test
  void aCommandWithoutStageIsRefused() {
    assertThat(TrainCommand.run(new String[0])).isEqualTo(2);
  }

  @Test
  void numbersOutOfRangeAreRefusedBeforeFilesAreWritten() throws IOException {
    Path data = folder.resolve("data");
    FaceFolder.write(data, "0", new ToyFaces(1, 9, 16).clip(0));
    Path out = folder.resolve("model");
    assertThat(train("audio", "--data=" + data, "--out=" + out, "--steps=0")).isEqualTo(2);
    assertThat(train("vae", "--data=" + data, "--out=" + out, "--batch=0")).isEqualTo(2);
    assertThat(TrainCommand.run("unet", "--data=" + data, "--out=" + out, "--threads=0"))
        .isEqualTo(2);
    assertThat(TrainCommand.run("evaluate", "--out=" + out, "--pairs=17")).isEqualTo(2);
    assertThat(out).doesNotExist();
  }

  @Test
  void aClipWithoutFacesIsRefused() {
    assertThat(TrainCommand.run("data", "--data=" + folder.resolve("d"), "--faces=0")).isEqualTo(2);
    assertThat(folder.resolve("d")).doesNotExist();
  }

  @Test
  void aConfigOfADenoiserThatPredictsTheNoiseIsRefused() throws IOException {
    NetworkConfigs nano = NetworkConfigs.nano();
    String noise = nano.unetText().replace("prediction_type: sample", "prediction_type: epsilon");
    assertThatIOException()
        .isThrownBy(() -> NetworkConfigs.parse(noise, nano.vaeText(), "{}"))
        .withMessageContainingAll("scheduler.prediction_type is epsilon", "must be sample");
  }

  @Test
  void clipsAreReadAsTheyWereWritten() throws IOException {
    TalkingFaces.Clip whole = new ToyFaces(1, 9, 16).clip(0);
    TalkingFaces.Clip clip =
        new TalkingFaces.Clip(
            3,
            whole.faces().subList(3, 8),
            whole.sources().subList(3, 8),
            whole.speech(),
            whole.mouths());
    FaceFolder.write(folder, "clip", clip);
    TalkingFaces.Clip read = FaceFolder.open(folder).clip(0);
    assertThat(read.first()).isEqualTo(3);
    assertThat(read.speech()).isEqualTo(clip.speech());
    assertThat(read.mouths()).isEqualTo(clip.mouths());
    assertThat(read.faces()).hasSize(5);
    assertThat(read.faces().get(3).pixels()).isEqualTo(clip.faces().get(3).pixels());
  }

  @Test
  void sentencesAreMadeOnceAndReadInOrder() throws IOException {
    Assumptions.assumeTrue(EspeakNg.available(), "skipped: espeak-ng is not installed");
    EspeakNg espeak = new EspeakNg();
    SentenceFolder sentences = new SentenceFolder(folder.resolve("sentences"));
    try (NDManager manager = NDManager.newBaseManager()) {
      assertThat(sentences.read(manager)).isEmpty();
      sentences.make(1, espeak);
      sentences.make(0, espeak);
      FileTime first = Files.getLastModifiedTime(folder.resolve("sentences/00000.safetensors"));
      sentences.make(0, espeak);
      assertThat(Files.getLastModifiedTime(folder.resolve("sentences/00000.safetensors")))
          .isEqualTo(first);

      SyntheticClip clip = SyntheticClip.of(TrainingClips.sentence(0), espeak);
      List<SpokenSentence> read = sentences.read(manager);
      assertThat(read).hasSize(2);
      assertThat(read.get(0).frames()).isEqualTo(clip.frames());
      assertThat(read.get(0).mel().getShape()).isEqualTo(new Shape(1, 80, 4L * clip.frames()));
      assertThat(read.get(0).mouths().get("20").toFloatArray()).isEqualTo(clip.mouth(20).values());
    }
  }

  private static int train(String... options) {
    // The engine of this process computes with one thread.
    return TrainCommand.run(
        Stream.concat(Stream.of(options), Stream.of("--threads=1", "--seed=5"))
            .toArray(String[]::new));
  }

  private static long sizeOfModel(Path out) throws IOException {
    long size = 0;
    for (String file :
        List.of(
            "latentsync_unet.pt",
            "sd-vae-ft-mse/diffusion_pytorch_model.safetensors",
            "whisper/tiny.pt")) {
      size += Files.size(out.resolve(file));
    }
    return size;
  }

  private static float[] sample(Path out) throws IOException {
    ModelConfig config = ModelConfig.read(out.resolve("unet.yaml"));
    int side = config.resolution();
    try (NDManager manager = NDManager.newBaseManager();
        Checkpoint unetWeights = Checkpoint.open(out.resolve("latentsync_unet.pt"));
        Checkpoint whisperWeights = Checkpoint.open(out.resolve("whisper/tiny.pt"));
        AutoencoderKl vae = new ModelFolder(out).readVae(NetworkConfigs.nano());
        UNet3d unet = UNet3d.load(config.unet(), unetWeights, Device.cpu(), DataType.FLOAT32);
        WhisperEncoder whisper =
            WhisperEncoder.load(whisperWeights, Device.cpu(), DataType.FLOAT32)) {
      NDArray hidden = whisper.hiddenStates(manager.zeros(new Shape(1, 80, 3000)));
      NDArray features = hidden.get("0:20").reshape(2, -1, hidden.getShape().get(2));
      SamplerOptions options = new SamplerOptions(2, 1.5, false, Scheduler.Kind.DDIM, 0, 0);
      return new ChunkSampler(
              unet,
              vae,
              SchedulerConfig.STABLE_DIFFUSION.with(config.predictionType()),
              options,
              new SeededNoise(1))
          .sample(
              manager,
              manager.zeros(new Shape(2, 3, side, side)),
              manager.zeros(new Shape(1, side, side)),
              features,
              new long[] {0, 1},
              1)
          .toFloatArray();
    }
  }
}
