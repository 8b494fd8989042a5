package io.latentsync.job.cli;

import org.apache.spark.SparkUserAppException;

/** The end of a command's process. */
public final class ProcessEnd {
  private ProcessEnd() {}

  /**
   * Ends the process with an exit code. In YARN's cluster mode the process is the application
   * master, which called the main method: it takes an exit for a failure, so this method returns if
   * the code is 0.
   *
   * @throws SparkUserAppException in YARN's cluster mode, if the code is not 0; the application
   *     master reports the code to YARN and ends the process
   */
  public static void with(int code) throws SparkUserAppException {
    if (!isApplicationMaster()) {
      System.exit(code);
    } else if (code != 0) {
      throw new SparkUserAppException(code, null);
    }
  }

  private static boolean isApplicationMaster() {
    return System.getProperty("spark.yarn.app.id") != null
        && "cluster".equals(System.getProperty("spark.submit.deployMode"));
  }
}
