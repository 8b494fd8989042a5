package io.latentsync.media;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;

/**
 * The number of samples (pictures or pieces of sound) that an MP4 or MOV declares. Its tables
 * declare it in a few bytes, and FFmpeg's demuxer allocates an entry for each sample before it
 * reads one.
 */
final class SampleTables {
  /** The pictures of a day at 100 per second. */
  private static final long MOST_SAMPLES = MediaLimits.LONGEST_HOURS * 3600L * 100;

  /** No file has more samples than bytes, but a truncated file keeps its tables. */
  private static final int SAMPLES_PER_BYTE = 64;

  private static final int SOUND = 0x736f756e; // "soun"

  /** Depth at which FFmpeg's demuxer stops. */
  private static final int DEEPEST = 10;

  private static final Set<String> CONTAINERS =
      Set.of("moov", "trak", "mdia", "minf", "stbl", "moof", "traf", "udta", "edts", "mvex");

  private final Path file;
  private final FileChannel channel;
  private final long length;
  private long fragmented;

  /** Whether the current track is a sound track. */
  private boolean sound;

  private boolean unitDurations;
  private long constant;

  private SampleTables(Path file, FileChannel channel) throws IOException {
    this.file = file;
    this.channel = channel;
    this.length = channel.size();
  }

  /** Refuses a file that declares more samples than it can have. */
  static void require(Path file) throws MediaException {
    try (FileChannel channel = FileChannel.open(file)) {
      SampleTables tables = new SampleTables(file, channel);
      tables.walk(0, tables.length, 0);
    } catch (MediaException e) {
      throw e;
    } catch (IOException e) {
      throw new MediaException(file, "cannot be read: " + e.getMessage());
    }
  }

  /** Traverses boxes; invalid data ends the traversal, as in FFmpeg. */
  private void walk(long start, long end, int depth) throws IOException {
    long at = start;
    while (at + 8 <= end) {
      ByteBuffer header = read(at, 16);
      long size = Integer.toUnsignedLong(header.getInt());
      byte[] name = new byte[4];
      header.get(name);
      int headerBytes = 8;
      if (size == 1) {
        size = header.getLong();
        headerBytes = 16;
      } else if (size == 0) {
        size = end - at;
      }
      if (size < headerBytes) {
        return;
      }
      long next = size > end - at ? end : at + size;
      box(new String(name, StandardCharsets.ISO_8859_1), at + headerBytes, next, depth);
      at = next;
    }
  }

  private void box(String name, long start, long end, int depth) throws IOException {
    if (CONTAINERS.contains(name) && depth < DEEPEST) {
      if (name.equals("trak")) {
        sound = false;
        unitDurations = false;
        constant = 0;
      }
      walk(start, end, depth + 1);
      if (name.equals("trak") && !(sound && unitDurations)) {
        // Samples of plain PCM are not counted one by one.
        require(constant, Math.min(MOST_SAMPLES, SAMPLES_PER_BYTE * length));
      }
      return;
    }
    ByteBuffer fields = read(start, 16);
    int second = fields.getInt(4);
    int third = fields.getInt(8);
    switch (name) {
      case "hdlr" -> sound |= third == SOUND; // That of the data may follow.
      case "stts" -> unitDurations = second == 1 && fields.getInt(12) == 1;
      // A table with a size for each sample has its declared length.
      case "stsz" -> constant = second == 0 ? 0 : Integer.toUnsignedLong(third);
      case "trun" -> {
        fragmented += Integer.toUnsignedLong(second);
        require(fragmented, length);
      }
      default -> {}
    }
  }

  private void require(long samples, long most) throws MediaException {
    if (samples > most) {
      throw new MediaException(
          file,
          "says that it has %d pictures or pieces of sound, but a file of %d bytes may have %d at"
                  .formatted(samples, length, most)
              + " most");
    }
  }

  /** Bytes of the file, zeros after its end. */
  private ByteBuffer read(long at, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count);
    long position = at;
    while (bytes.hasRemaining()) {
      int read = channel.read(bytes, position);
      if (read < 0) {
        break;
      }
      position += read;
    }
    return bytes.rewind();
  }
}
