package io.latentsync.model.validate;

import io.latentsync.face.align.AffineMatrix;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.image.PixelRectangle;
import io.latentsync.media.video.LumaDifference;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.time.FrameRange;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;

/**
 * Compares the frames of an output with the source frames that they show. Each frame's result
 * depends only on it and the frame before, so that ranges may be compared one by one.
 */
public final class OutputComparison implements AutoCloseable {
  private final IntUnaryOperator schedule;
  private final IntFunction<List<AffineMatrix>> faces;
  private final IntPredicate newLips;
  private final List<PixelRectangle> marks;
  private final FaceArea area;
  private final VideoReader output;
  private final VideoReader source;

  /**
   * A video to read.
   *
   * @param file a local file
   * @param probe its properties
   */
  public record Video(Path file, VideoProbe probe) {}

  /**
   * Opens both videos.
   *
   * @param schedule the source frame of each frame of the output
   * @param faces the dubbed faces in each frame of the output, also where they are kept
   * @param newLips whether a frame has new lips
   * @param template what the faces are aligned to
   * @param marks what is drawn on all frames of the output
   * @throws IOException if a video cannot be opened
   */
  public OutputComparison(
      Video output,
      Video source,
      IntUnaryOperator schedule,
      IntFunction<List<AffineMatrix>> faces,
      IntPredicate newLips,
      FaceTemplate template,
      List<PixelRectangle> marks)
      throws IOException {
    this.schedule = schedule;
    this.faces = faces;
    this.newLips = newLips;
    this.marks = marks.stream().map(FaceArea::widened).toList();
    this.area = new FaceArea(template, source.probe());
    this.output = VideoReader.open(output.file(), output.probe());
    boolean opened = false;
    try {
      this.source = VideoReader.open(source.file(), source.probe());
      opened = true;
    } finally {
      if (!opened) {
        this.output.close();
      }
    }
  }

  /** The two pictures of a frame. */
  private record Pair(VideoFrame made, VideoFrame shown) implements AutoCloseable {
    @Override
    public void close() {
      made.close();
      shown.close();
    }
  }

  private Pair read(int frame) throws IOException {
    VideoFrame made = output.read(frame);
    try {
      return new Pair(made, source.read(schedule.applyAsInt(frame)));
    } catch (IOException | RuntimeException e) {
      made.close();
      throw e;
    }
  }

  /**
   * Compares consecutive frames.
   *
   * @param range of the output
   * @param frameDone receives each measure, in order
   * @throws IOException if a video cannot be read
   */
  public void compare(FrameRange range, Consumer<FrameMeasure> frameDone) throws IOException {
    Pair before = range.first() == 0 ? null : read(range.first() - 1);
    try {
      for (int frame = range.first(); frame < range.first() + range.frames(); frame++) {
        Pair now = read(frame);
        FrameMeasure measure;
        try {
          measure = measure(frame, before, now);
        } finally {
          if (before != null) {
            before.close();
          }
          before = now;
        }
        frameDone.accept(measure);
      }
    } finally {
      if (before != null) {
        before.close();
      }
    }
  }

  private FrameMeasure measure(int frame, Pair before, Pair now) {
    List<PixelRectangle> areas = faces.apply(frame).stream().map(area::of).toList();
    List<PixelRectangle> changed = new ArrayList<>(marks);
    if (newLips.test(frame)) {
      changed.addAll(areas);
    }
    LumaDifference outside = LumaDifference.outside(now.made(), now.shown(), changed);
    LumaDifference step = LumaDifference.NONE;
    LumaDifference sourceStep = LumaDifference.NONE;
    if (before != null) {
      for (PixelRectangle face : areas) {
        step = step.plus(LumaDifference.inside(before.made(), now.made(), face));
        sourceStep = sourceStep.plus(LumaDifference.inside(before.shown(), now.shown(), face));
      }
    }
    return new FrameMeasure(
        frame,
        now.made().state(),
        outside.squares(),
        outside.samples(),
        step.mean(),
        sourceStep.mean());
  }

  @Override
  public void close() {
    output.close();
    source.close();
  }
}
