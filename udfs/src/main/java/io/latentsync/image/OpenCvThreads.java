package io.latentsync.image;

import org.bytedeco.opencv.global.opencv_core;

/**
 * The threads of OpenCV's functions. By default each call is split over all processors of the
 * machine. But the tasks and their helper threads already use the processors that belong to the
 * process: more threads would wait for each other, and would take the processors of other
 * executors.
 */
public final class OpenCvThreads {
  private OpenCvThreads() {}

  /** Lets each call run in the calling thread alone, in the whole process. */
  public static void useOne() {
    opencv_core.setNumThreads(1);
  }
}
