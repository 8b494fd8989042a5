package io.latentsync.job.stage;

import io.latentsync.job.request.DubRequest;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import io.latentsync.media.sound.SoundMix;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/** The file that the output's sound is encoded from. */
final class SoundSource {
  private SoundSource() {}

  /**
   * The file that has the sound; a mix in the scratch folder if several tracks make it.
   *
   * @throws IOException if a track cannot be read
   */
  static Path of(Plan plan, Scratch scratch, Configuration configuration) throws IOException {
    DubRequest request = plan.request();
    List<Location> tracks = request.sounds();
    List<SoundMix.Range> ranges =
        request.edit().sound().source().ranges().stream()
            .map(range -> new SoundMix.Range(range.from(), range.to()))
            .toList();
    if (tracks.size() == 1 && ranges.isEmpty()) {
      return scratch.input(tracks.get(0), configuration);
    }
    List<Path> files = new ArrayList<>();
    for (Location track : tracks) {
      files.add(scratch.input(track, configuration));
    }
    Path mix = scratch.folder().resolve("mix.au");
    SoundMix.write(
        files,
        ranges.isEmpty()
            ? Optional.empty()
            : Optional.of(scratch.input(request.video(), configuration)),
        ranges,
        plan.video().frameRate().seconds(plan.schedule().frames()),
        mix);
    return mix;
  }
}
