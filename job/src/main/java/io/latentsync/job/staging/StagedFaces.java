package io.latentsync.job.staging;

import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FacePoints;
import io.latentsync.job.storage.Location;
import io.latentsync.media.video.FrameState;
import io.latentsync.record.FaceObservation;
import io.latentsync.record.ObservedFace;
import io.latentsync.shot.LumaBlocks;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileConstants;
import org.apache.avro.file.DataFileStream;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.hadoop.conf.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The staged analysis of a request's video: an Avro file with a row for each source frame, in
 * order. The file's name contains the digest of its contents, by which a damaged or foreign file is
 * recognised and removed.
 */
public final class StagedFaces {
  private static final Logger log = LoggerFactory.getLogger(StagedFaces.class);

  private StagedFaces() {}

  /**
   * Writes the faces to staging.
   *
   * @param faces faces of each frame, in order, beginning with the first frame
   * @throws IOException if staging cannot be written to
   */
  public static void put(List<AnalysedFrame> faces, Staging staging, Configuration configuration)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataFileWriter<FaceObservation> writer =
        new DataFileWriter<>(new SpecificDatumWriter<>(FaceObservation.class))) {
      writer.setCodec(CodecFactory.deflateCodec(CodecFactory.DEFAULT_DEFLATE_LEVEL));
      // Avro's default sync marker is random; with a fixed one, equal faces give equal files.
      writer.create(FaceObservation.getClassSchema(), bytes, new byte[DataFileConstants.SYNC_SIZE]);
      for (int frame = 0; frame < faces.size(); frame++) {
        writer.append(row(frame, faces.get(frame)));
      }
    }
    String digest = DigestUtils.sha256Hex(bytes.toByteArray());
    staging.faces(digest).commit(configuration, bytes.toByteArray());
  }

  /**
   * Returns the faces that an earlier run has written.
   *
   * @param frames required number of frames
   * @return the faces of at least that many frames; empty if no intact file has that many
   * @throws IOException if staging cannot be read
   */
  public static Optional<List<AnalysedFrame>> find(
      int frames, Staging staging, Configuration configuration) throws IOException {
    for (Location file : staging.faces(configuration)) {
      Optional<List<AnalysedFrame>> faces = Optional.empty();
      // Decoded only if the digest is correct: wrong lengths could allocate any amount of memory.
      if (file.equals(staging.faces(file.sha256(configuration)))) {
        faces = read(file, configuration);
      }
      if (faces.isEmpty()) {
        log.warn("{} is damaged, or another program wrote it; it is removed", file);
        file.delete(configuration);
      } else if (faces.get().size() >= frames) {
        return faces;
      }
    }
    return Optional.empty();
  }

  /** Decodes a file; empty if it does not contain faces. */
  private static Optional<List<AnalysedFrame>> read(Location file, Configuration configuration)
      throws IOException {
    byte[] bytes = file.read(configuration);
    List<AnalysedFrame> faces = new ArrayList<>();
    try (DataFileStream<FaceObservation> rows =
        new DataFileStream<>(
            new ByteArrayInputStream(bytes), new SpecificDatumReader<>(FaceObservation.class))) {
      rows.forEach(row -> faces.add(frame(row)));
      return Optional.of(faces);
    } catch (IOException | RuntimeException e) {
      // Avro reports an invalid file by exceptions of several types.
      log.debug("{} has no faces", file, e);
      return Optional.empty();
    }
  }

  private static FaceObservation row(int frame, AnalysedFrame analysed) {
    List<ObservedFace> observed = new ArrayList<>();
    for (DetectedFace face : analysed.faces()) {
      FacePoints p = face.points();
      observed.add(
          new ObservedFace(
              List.of(face.x(), face.y(), face.width(), face.height()),
              List.of(p.leftX(), p.leftY(), p.rightX(), p.rightY(), p.noseX(), p.noseY()),
              face.score(),
              face.detector(),
              Float.isNaN(face.mouth()) ? null : face.mouth()));
    }
    return new FaceObservation(
        frame,
        analysed.state() == FrameState.CONCEALED,
        analysed.state() == FrameState.MISSING,
        ByteBuffer.wrap(analysed.luma().means()),
        observed);
  }

  private static AnalysedFrame frame(FaceObservation row) {
    FrameState damaged = row.getMissing() ? FrameState.MISSING : FrameState.CONCEALED;
    byte[] luma = new byte[row.getLuma().remaining()];
    row.getLuma().get(luma);
    return new AnalysedFrame(
        row.getMissing() || row.getConcealed() ? damaged : FrameState.INTACT,
        new LumaBlocks(luma),
        row.getFaces().stream().map(StagedFaces::face).toList());
  }

  private static DetectedFace face(ObservedFace face) {
    List<Float> box = face.getBox();
    List<Float> p = face.getPoints();
    return new DetectedFace(
        box.get(0),
        box.get(1),
        box.get(2),
        box.get(3),
        face.getScore(),
        new FacePoints(p.get(0), p.get(1), p.get(2), p.get(3), p.get(4), p.get(5)),
        face.getDetector().intern(), // few distinct names, repeated in every frame
        face.getMouth() == null ? Float.NaN : face.getMouth());
  }
}
