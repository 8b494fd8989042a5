package io.latentsync.media.video;

/** How well the picture that a frame shows could be decoded. */
public enum FrameState {
  /** Without an error. */
  INTACT,

  /** With errors: the decoder made up parts of it. */
  CONCEALED,

  /** Not at all: the frame shows the picture before it. */
  MISSING
}
