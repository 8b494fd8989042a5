package io.latentsync.job.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.impl.Log4jLogEvent;
import org.apache.logging.log4j.message.SimpleMessage;
import org.apache.logging.log4j.util.SortedArrayStringMap;
import org.junit.jupiter.api.Test;

/** The layout of the log in conf/log4j2.properties. */
final class LogLayoutTest {
  private static final Path CONF = Path.of(System.getProperty("conf.dir", "../conf"));

  private static String line(String message, Throwable error, String request) {
    SortedArrayStringMap data = new SortedArrayStringMap();
    data.putValue("mdc.request", request);
    try (LoggerContext context =
        Configurator.initialize(
            LogLayoutTest.class.getName(), CONF.resolve("log4j2.properties").toUri().toString())) {
      Configuration configuration = context.getConfiguration();
      return (String)
          configuration
              .getAppender("console")
              .getLayout()
              .toSerializable(
                  Log4jLogEvent.newBuilder()
                      .setLoggerName("io.latentsync.job.Odd")
                      .setLevel(Level.WARN)
                      .setMessage(new SimpleMessage(message))
                      .setContextData(data)
                      .setThrown(error)
                      .build());
    }
  }

  @Test
  void anOrdinaryMessageIsALineWithItsRequest() {
    assertThat(line("the video is analysed again", null, "täl"))
        .matches("\\d\\d:\\d\\d:\\d\\d WARN  Odd: the video is analysed again \\[täl\\]\n");
  }

  @Test
  void valuesForgeNoLinesAndCommandNoTerminal() {
    assertThat(line("/a\nb\u001b[2J\u202e is odd", null, "x\r\n12:00:00 INFO  y\u2028"))
        .matches(
            "\\d\\d:\\d\\d:\\d\\d WARN  Odd: /a\\?b\\?\\[2J\\? is odd \\[x\\?\\?12:00:00 INFO  y\\?\\]\n");
    assertThat(line("odd", new IllegalStateException("\u001b[2J\u202e"), "x"))
        .contains("IllegalStateException: ?[2J?")
        .doesNotContain("\u001b", "\u202e");
  }
}
