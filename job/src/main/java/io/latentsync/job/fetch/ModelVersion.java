package io.latentsync.job.fetch;

/** The versions of LatentSync whose checkpoints this job can use. */
public enum ModelVersion {
  /** Faces of 512 × 512 pixels. */
  V1_6("1.6"),
  /** Faces of 256 × 256 pixels. */
  V1_5("1.5");

  private final String number;

  ModelVersion(String number) {
    this.number = number;
  }

  /** The number, as it is written on the command line. */
  @Override
  public String toString() {
    return number;
  }
}
