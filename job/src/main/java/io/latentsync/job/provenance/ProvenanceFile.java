package io.latentsync.job.provenance;

import io.latentsync.job.request.DubRequest;
import io.latentsync.job.storage.Location;
import io.latentsync.time.FrameRate;
import io.latentsync.timeline.FrameSchedule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.hadoop.conf.Configuration;

/** The file beside an output that says what it was made of. */
public final class ProvenanceFile {
  private static final String ENDING = ".provenance.json";

  /** Longest name of a file, in bytes of UTF-8, on most file systems. */
  private static final int LONGEST_NAME = 255;

  private static final int DIGITS = 8;

  private ProvenanceFile() {}

  /**
   * The file of an output: its name with an ending added. A name that would be too long is cut, and
   * digits of its checksum keep it unique.
   */
  public static Location of(Location output) {
    String name = output.fileName();
    int most = LONGEST_NAME - ENDING.length();
    if (bytes(name) > most) {
      String digits = "." + DigestUtils.sha256Hex(name).substring(0, DIGITS);
      while (bytes(name) > most - digits.length()) {
        name = name.substring(0, name.offsetByCodePoints(name.length(), -1));
      }
      name += digits;
    }
    return output.parent().child(name + ENDING);
  }

  private static int bytes(String name) {
    return name.getBytes(StandardCharsets.UTF_8).length;
  }

  /**
   * Writes the file of an output that is finished but not committed.
   *
   * @param request marked, see {@link DubRequest#provenance}
   * @param video local copy of the source video
   * @param finished local file of the output
   * @param schedule its frames
   * @param rate of its frames
   * @param dubbed its frames with new lips, of each speaker
   * @throws IOException if a file cannot be read or written
   */
  public static void write(
      DubRequest request,
      Path video,
      Path finished,
      FrameSchedule schedule,
      FrameRate rate,
      List<DubbedFrames> dubbed,
      Configuration configuration)
      throws IOException {
    Provenance provenance =
        Provenance.of(request, video, finished, schedule, rate, dubbed, configuration);
    of(request.output()).commit(configuration, provenance.json());
  }

  /**
   * A sentence for the user if a video carries Content Credentials (C2PA); empty if not.
   *
   * @param video local file
   */
  public static List<String> notes(Path video) throws IOException {
    return ContentCredentials.find(video).isEmpty()
        ? List.of()
        : List.of(
            "the video carries Content Credentials (C2PA); their signature does not cover the"
                + " output, which names them as an ingredient");
  }
}
