package io.latentsync.job.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.impl.Log4jLogEvent;
import org.apache.logging.log4j.core.layout.PatternLayout;
import org.apache.logging.log4j.message.SimpleMessage;
import org.apache.logging.log4j.util.SortedArrayStringMap;
import org.junit.jupiter.api.Test;

/** The layout of the log in conf/log4j2.properties. */
final class LogLayoutTest {
  private static final Path CONF = Path.of(System.getProperty("conf.dir", "../conf"));

  private static String line(String message, Throwable error, String request) throws IOException {
    Properties properties = new Properties();
    try (InputStream in = Files.newInputStream(CONF.resolve("log4j2.properties"))) {
      properties.load(in);
    }
    SortedArrayStringMap data = new SortedArrayStringMap();
    data.putValue("mdc.request", request);
    assertThat(properties.getProperty("appender.console.layout.alwaysWriteExceptions"))
        .isEqualTo("false");
    return PatternLayout.newBuilder()
        .withAlwaysWriteExceptions(false)
        .withPattern(properties.getProperty("appender.console.layout.pattern"))
        .build()
        .toSerializable(
            Log4jLogEvent.newBuilder()
                .setLoggerName("io.latentsync.job.Odd")
                .setLevel(Level.WARN)
                .setMessage(new SimpleMessage(message))
                .setContextData(data)
                .setThrown(error)
                .build());
  }

  @Test
  void anOrdinaryMessageIsALineWithItsRequest() throws IOException {
    assertThat(line("the video is analysed again", null, "täl"))
        .matches("\\d\\d:\\d\\d:\\d\\d WARN  Odd: the video is analysed again \\[täl\\]\n");
  }

  @Test
  void valuesCannotForgeLinesOrControlTheTerminal() throws IOException {
    assertThat(line("/a\nb\u001b[2J\u202e is odd", null, "x\r\n12:00:00 INFO  y\u2028"))
        .matches(
            "\\d\\d:\\d\\d:\\d\\d WARN  Odd: /a\\?b\\?\\[2J\\? is odd \\[x\\?\\?12:00:00 INFO  y\\?\\]\n");
    assertThat(line("odd", new IllegalStateException("\u001b[2J\u202e"), "x"))
        .contains("IllegalStateException: ?[2J?")
        .doesNotContain("\u001b", "\u202e");
  }
}
