package io.latentsync.train.data;

import io.latentsync.image.RgbImage;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.CheckpointWriter;
import io.latentsync.nn.checkpoint.CheckpointWriter.Content;
import io.latentsync.nn.checkpoint.TensorInfo;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.List;
import java.util.SortedMap;
import java.util.stream.Stream;

/**
 * A folder of clips, one safetensors file each: {@code faces} and {@code sources} [n,R,R,3] U8, the
 * frame number {@code first} of the first face, I64, and the tensors of the clip's {@link
 * Utterance}. Faces are memory-mapped and copied one at a time.
 */
public final class FaceFolder implements TalkingFaces {
  private static final String ENDING = ".safetensors";
  private static final String FIRST = "first";

  private final List<Path> files;

  private FaceFolder(List<Path> files) {
    this.files = files;
  }

  /**
   * Opens a folder. Clips are sorted by name.
   *
   * @throws IOException if the folder does not exist or has no clip, or if a clip cannot be read
   */
  public static FaceFolder open(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new FileNotFoundException(folder + ": is not a folder of clips");
    }
    try (Stream<Path> all = Files.list(folder)) {
      List<Path> files = all.filter(FaceFolder::isClip).sorted().toList();
      if (files.isEmpty()) {
        throw new FileNotFoundException(folder + ": has no clips (*" + ENDING + ")");
      }
      FaceFolder clips = new FaceFolder(files);
      for (int i = 0; i < clips.clips(); i++) {
        clips.clip(i);
      }
      return clips;
    }
  }

  private static boolean isClip(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(ENDING) && !name.startsWith(".");
  }

  /** Whether a clip of this name exists. */
  public static boolean has(Path folder, String name) {
    return Files.exists(folder.resolve(name + ENDING));
  }

  /**
   * Writes a clip. The file appears only when it is complete.
   *
   * @param name of the file without extension; clips are sorted by it
   * @throws IOException if it cannot be written
   */
  public static void write(Path folder, String name, Clip clip) throws IOException {
    SortedMap<String, Content> tensors = new Utterance(clip.speech(), clip.mouths()).tensors();
    tensors.put(FIRST, number(clip.first()));
    tensors.put("faces", content(clip.faces()));
    tensors.put("sources", content(clip.sources()));
    CheckpointWriter.safetensors(folder.resolve(name + ENDING), tensors);
  }

  private static Content number(long value) {
    byte[] data = new byte[Long.BYTES];
    ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN).putLong(value);
    return new Content(new TensorInfo(TensorInfo.Type.INT64, new long[] {1}), data);
  }

  private static Content content(List<RgbImage> faces) {
    int side = faces.get(0).width();
    byte[] data = new byte[faces.size() * 3 * side * side];
    ByteBuffer pixels = ByteBuffer.wrap(data);
    faces.forEach(face -> pixels.put(face.pixels()));
    return new Content(
        new TensorInfo(TensorInfo.Type.UINT8, new long[] {faces.size(), side, side, 3}), data);
  }

  @Override
  public int clips() {
    return files.size();
  }

  @Override
  public Clip clip(int index) throws IOException {
    try (Checkpoint file = Checkpoint.open(files.get(index))) {
      Utterance utterance = Utterance.read(file);
      return new Clip(
          (int) file.data(FIRST).getLong(),
          MappedFaces.of(file, "faces"),
          MappedFaces.of(file, "sources"),
          utterance.speech(),
          utterance.mouths());
    }
  }

  /** Pictures of equal size, one after another in a buffer. */
  private static final class MappedFaces extends AbstractList<RgbImage> {
    private final ByteBuffer pixels;
    private final int count;
    private final int side;

    static MappedFaces of(Checkpoint file, String tensor) throws IOException {
      ByteBuffer pixels = file.data(tensor);
      long[] shape = file.tensors().get(tensor).shape();
      return new MappedFaces(pixels, (int) shape[0], (int) shape[1]);
    }

    private MappedFaces(ByteBuffer pixels, int count, int side) {
      this.pixels = pixels;
      this.count = count;
      this.side = side;
    }

    @Override
    public RgbImage get(int index) {
      RgbImage face = RgbImage.black(side, side);
      pixels.get(index * face.pixels().length, face.pixels());
      return face;
    }

    @Override
    public int size() {
      return count;
    }
  }
}
