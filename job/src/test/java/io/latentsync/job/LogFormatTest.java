package io.latentsync.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.testing.OtherProcess;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The format of conf/log4j2.properties. */
final class LogFormatTest {

  /** Logs two warnings, the first with an exception. */
  public static final class Warnings {
    public static void main(String[] arguments) {
      LoggerFactory.getLogger("io.latentsync.Warnings")
          .warn("first", new IllegalStateException("cause"));
      LoggerFactory.getLogger("io.latentsync.Warnings").warn("second");
    }
  }

  @Test
  void anErrorHasThreeLinesAndEndsWithALineBreak() throws Exception {
    List<String> lines = OtherProcess.outputOf(Warnings.class);
    assertThat(lines).hasSize(4);
    assertThat(lines.get(0)).matches("\\d\\d:\\d\\d:\\d\\d WARN  Warnings: first");
    assertThat(lines.get(1)).isEqualTo("java.lang.IllegalStateException: cause");
    assertThat(lines.get(2)).startsWith("\tat " + Warnings.class.getName() + ".main(");
    assertThat(lines.get(3)).matches("\\d\\d:\\d\\d:\\d\\d WARN  Warnings: second");
  }
}
