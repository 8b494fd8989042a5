package io.latentsync.train.evaluation;

import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.align.MouthOpening;
import io.latentsync.face.detect.FaceDetector;
import io.latentsync.face.detect.FaceDetectors;
import io.latentsync.image.RgbImage;
import io.latentsync.job.cli.DubCommand;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.model.sync.SyncMeasure;
import io.latentsync.shot.LumaBlocks;
import io.latentsync.time.FrameRate;
import io.latentsync.timeline.FrameSchedule;
import io.latentsync.train.clip.ClipFiles;
import io.latentsync.train.clip.HeldOut;
import io.latentsync.train.clip.SyntheticClip;
import io.latentsync.train.speech.EspeakNg;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Dubs the clips of {@link HeldOut} with a trained model, with the dub command, and compares the
 * videos with the ground truth of the renderer.
 */
public final class HeldOutTrial implements AutoCloseable {
  /** Side in pixels of the aligned faces that are compared. */
  private static final int SIDE = 256;

  private static final int SHEET_COLUMNS = 6;

  private final Path folder;
  private final List<String> model;
  private final int chunkFrames;
  private final PerfectDenoiser perfectDenoiser;
  private final EspeakNg espeak;
  private final FaceTemplate template = new FaceTemplate(SIDE);
  private final MouthOpening mouth;
  private final FaceDetector detector;

  /**
   * Prepares a trial.
   *
   * @param model options of the dub command that select the model and the denoising
   * @param chunkFrames frames of a chunk of the model
   * @param perfectDenoiser uses the model's autoencoder; closed with this
   * @param folder folder for videos, scores and contact sheets
   * @throws IOException if espeak-ng or the face mesh is missing
   */
  public HeldOutTrial(
      List<String> model, int chunkFrames, PerfectDenoiser perfectDenoiser, Path folder)
      throws IOException {
    this.espeak = new EspeakNg();
    this.model = List.copyOf(model);
    this.chunkFrames = chunkFrames;
    this.perfectDenoiser = perfectDenoiser;
    this.folder = folder;
    this.mouth =
        MouthOpening.open(template)
            .orElseThrow(
                () ->
                    new IOException(
                        "this build has no face mesh, which scoring needs; install npm and build"
                            + " again"));
    this.detector = FaceDetectors.open();
  }

  /**
   * Dubs and scores the first pairs and writes {@code scores.csv}.
   *
   * @param pairs number of pairs
   * @return a summary of a few lines
   * @throws IOException if a video cannot be made, dubbed or read
   */
  public String run(int pairs) throws IOException {
    Files.createDirectories(folder);
    List<PairScore> scores = new ArrayList<>();
    try (BufferedWriter csv = Files.newBufferedWriter(folder.resolve("scores.csv"))) {
      csv.write(PairScore.HEAD + "\n");
      for (int i = 0; i < pairs; i++) {
        PairScore score = score(i);
        scores.add(score);
        csv.write(score.csv(i) + "\n");
        csv.flush();
      }
    }
    return summary(scores);
  }

  private PairScore score(int index) throws IOException {
    List<HeldOut.Pair> pairs = HeldOut.pairs();
    HeldOut.Pair pair = pairs.get(index);
    SyntheticClip clip = SyntheticClip.of(pair.clip(), espeak);
    SyntheticClip spoken = SyntheticClip.of(pair.truth(), espeak);
    SyntheticClip other = SyntheticClip.of(pairs.get((index + 3) % pairs.size()).clip(), espeak);
    Path dubbedFile = dub(clip, spoken, index);

    List<RgbImage> dubbed = read(dubbedFile);
    FrameSchedule order = schedule(clipFile(index), clip.frames(), spoken.frames());
    List<RgbImage> truth = new ArrayList<>();
    List<RgbImage> undubbed = new ArrayList<>();
    for (int i = 0; i < order.frames(); i++) {
      truth.add(clip.frame(order.source(i), spoken.mouth(i)));
      undubbed.add(clip.frame(order.source(i)));
    }
    dubbed = dubbed.subList(0, truth.size());
    TrackedVideo trueTrack = TrackedVideo.of(truth, detector, template);
    float[] measured = TrackedVideo.of(dubbed, detector, template).openings(mouth);
    List<RgbImage> trueFaces = trueTrack.faces(truth, template);
    List<RgbImage> dubbedFaces = trueTrack.faces(dubbed, template);
    List<RgbImage> undubbedFaces = trueTrack.faces(undubbed, template);
    List<RgbImage> perfect = perfectDenoiser.dub(undubbed, truth, detector);
    float[] perfectOpenings = TrackedVideo.of(perfect, detector, template).openings(mouth);
    sheet(index, undubbedFaces, dubbedFaces, trueFaces);
    return new PairScore(
        truth.size(),
        sync(measured, spoken),
        sync(trueTrack.openings(mouth), spoken),
        PairScore.inPlace(measured, openings(clip)),
        PairScore.inPlace(measured, openings(other)),
        PairScore.error(undubbedFaces, trueFaces),
        PairScore.error(dubbedFaces, trueFaces),
        sync(perfectOpenings, spoken),
        PairScore.error(trueTrack.faces(perfect, template), trueFaces),
        PairScore.change(dubbedFaces, chunkFrames, true),
        PairScore.change(dubbedFaces, chunkFrames, false));
  }

  private Path clipFile(int index) {
    return folder.resolve("pair%02d-clip.mp4".formatted(index));
  }

  /** As dubbing makes it from the video. */
  private static FrameSchedule schedule(Path video, int frames, int speechFrames)
      throws IOException {
    FrameSchedule planned = new FrameSchedule(frames, speechFrames);
    try (VideoReader reader = VideoReader.open(video, VideoProbe.of(video))) {
      return planned.analysed(LumaBlocks.of(reader, planned.framesUsed()), FrameRate.REFERENCE);
    }
  }

  private Path dub(SyntheticClip clip, SyntheticClip spoken, int index) throws IOException {
    Path video = clipFile(index);
    Path speech = folder.resolve("pair%02d-speech.wav".formatted(index));
    Path dubbed = folder.resolve("pair%02d-dubbed.mp4".formatted(index));
    ClipFiles.writeVideo(clip, video);
    ClipFiles.writeSpeech(spoken, speech);
    Stream<String> files =
        Stream.of("--video_path=" + video, "--audio_path=" + speech, "--video_out_path=" + dubbed);
    int code = DubCommand.run(Stream.concat(files, model.stream()).toArray(String[]::new));
    if (code != 0) {
      throw new IOException("dubbing %s failed with exit code %d".formatted(video, code));
    }
    return dubbed;
  }

  private static List<RgbImage> read(Path file) throws IOException {
    VideoProbe probe = VideoProbe.of(file);
    List<RgbImage> frames = new ArrayList<>();
    try (VideoReader reader = VideoReader.open(file, probe)) {
      for (int i = 0; i < probe.frames(); i++) {
        try (VideoFrame frame = reader.read(i)) {
          frames.add(frame.toRgb());
        }
      }
    }
    return frames;
  }

  private static float[] openings(SyntheticClip clip) {
    float[] openings = new float[clip.frames()];
    for (int i = 0; i < openings.length; i++) {
      openings[i] = clip.mouth(i).opening();
    }
    return openings;
  }

  private static SyncMeasure sync(float[] measured, SyntheticClip spoken) {
    return SyncMeasure.of(measured, openings(spoken))
        .orElseThrow(() -> new IllegalStateException("the dubbed mouth never moves"));
  }

  private void sheet(
      int index, List<RgbImage> undubbed, List<RgbImage> dubbed, List<RgbImage> truth)
      throws IOException {
    List<ContactSheet.Row> rows = new ArrayList<>();
    List<List<RgbImage>> videos = List.of(undubbed, dubbed, truth);
    List<String> names = List.of("source", "dubbed", "truth");
    for (int row = 0; row < names.size(); row++) {
      List<RgbImage> pictures = new ArrayList<>();
      for (int column = 0; column < SHEET_COLUMNS; column++) {
        pictures.add(videos.get(row).get((2 * column + 1) * truth.size() / (2 * SHEET_COLUMNS)));
      }
      rows.add(new ContactSheet.Row(names.get(row), pictures));
    }
    ContactSheet.write(rows, folder.resolve("pair%02d.png".formatted(index)));
  }

  private static String summary(List<PairScore> scores) {
    double pairs = scores.size();
    double newSpeech = scores.stream().mapToDouble(s -> s.newSpeech().correlation()).sum() / pairs;
    double inPlace =
        scores.stream().mapToDouble(s -> s.newSpeech().correlationInPlace()).sum() / pairs;
    double ceiling = scores.stream().mapToDouble(s -> s.ceiling().correlation()).sum() / pairs;
    long near = scores.stream().filter(s -> Math.abs(s.newSpeech().lag()) <= 1).count();
    double old = scores.stream().mapToDouble(PairScore::oldSpeech).sum() / pairs;
    double other = scores.stream().mapToDouble(PairScore::otherSpeech).sum() / pairs;
    double dubbed = scores.stream().mapToDouble(PairScore::dubbedError).sum();
    double undubbed = scores.stream().mapToDouble(PairScore::undubbedError).sum();
    double perfect = scores.stream().mapToDouble(PairScore::perfectError).sum();
    double perfectCorrelation =
        scores.stream().mapToDouble(s -> s.perfect().correlation()).sum() / pairs;
    double borders = scores.stream().mapToDouble(PairScore::borderChange).sum();
    double inner = scores.stream().mapToDouble(PairScore::innerChange).sum();
    return String.format(
        Locale.ROOT,
        "pairs          %d%n"
            + "new speech     r %.3f at the best lag, %.3f at lag 0; %.3f for the renderer's pictures;"
            + " best lag within ±1 in %d of %d%n"
            + "other speech   r %.3f with the clip's old speech, %.3f with a third speech%n"
            + "mouth error    %.2f grey levels dubbed, %.2f undubbed; ratio %.2f%n"
            + "best possible  %.2f grey levels, ratio %.2f, r %.3f with a perfect denoiser%n"
            + "chunk borders  %.2f times the change elsewhere%n",
        scores.size(),
        newSpeech,
        inPlace,
        ceiling,
        near,
        scores.size(),
        old,
        other,
        dubbed / pairs,
        undubbed / pairs,
        dubbed / undubbed,
        perfect / pairs,
        perfect / undubbed,
        perfectCorrelation,
        borders / inner);
  }

  @Override
  public void close() {
    perfectDenoiser.close();
    mouth.close();
    detector.close();
  }
}
