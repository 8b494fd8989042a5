package io.latentsync.job.stage;

import io.latentsync.audio.DecodedSound;
import io.latentsync.audio.PcmFile;
import io.latentsync.audio.PcmSource;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.staging.Staging;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import io.latentsync.media.sound.SoundDamage;
import io.latentsync.media.sound.SoundRepairs;
import io.latentsync.time.FrameRate;
import io.latentsync.timeline.FrameSchedule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;

/** The speeches of a request, decoded to 16 kHz mono in a scratch folder. */
final class Speeches {
  private final List<Location> names;
  private final List<Path> files = new ArrayList<>();
  private final List<DecodedSound> sounds = new ArrayList<>();

  private Speeches(List<Location> names) {
    this.names = names;
  }

  /**
   * Decodes the speeches.
   *
   * @throws IOException if one cannot be used; the message names it
   */
  static Speeches decode(DubRequest request, Scratch scratch, Configuration configuration)
      throws IOException {
    Speeches speeches = new Speeches(request.speeches());
    for (Location name : speeches.names) {
      Path file = scratch.folder().resolve("speech-%d.pcm".formatted(speeches.files.size()));
      speeches.sounds.add(PcmFile.decode(scratch.input(name, configuration), file));
      speeches.files.add(file);
    }
    return speeches;
  }

  /** The number of samples of a speech at 16 kHz. */
  long samples(Location name) throws IOException {
    try (PcmFile samples = PcmFile.open(files.get(names.indexOf(name)))) {
      return samples.samples();
    }
  }

  /** The longest speech; of several, the first. */
  Location longest() throws IOException {
    List<Long> lengths = new ArrayList<>();
    for (Location name : names) {
      lengths.add(samples(name));
    }
    return names.get(
        IntStream.range(0, names.size())
            .boxed()
            .max(Comparator.comparing(lengths::get).thenComparing(Comparator.reverseOrder()))
            .orElseThrow());
  }

  /** Writes the speeches into staging; silence follows a speech that is shorter than the output. */
  void stage(FrameSchedule schedule, FrameRate rate, Staging staging, Configuration configuration)
      throws IOException {
    for (int i = 0; i < files.size(); i++) {
      if (files.size() > 1 || schedule.frames() > schedule.speechFrames()) {
        PcmFile.extend(files.get(i), rate.tick(schedule.frames(), PcmSource.SAMPLE_RATE));
      }
      staging.speech(i).commit(configuration, files.get(i));
    }
  }

  /** The repairs of all speeches. */
  SoundRepairs repairs() {
    return sounds.stream().map(DecodedSound::repairs).reduce(SoundRepairs::plus).orElseThrow();
  }

  /** The damage of each speech. */
  List<SoundDamage> damage() {
    return sounds.stream().map(DecodedSound::damage).toList();
  }
}
