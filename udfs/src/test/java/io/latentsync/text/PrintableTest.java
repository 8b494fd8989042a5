package io.latentsync.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PrintableTest {

  @ParameterizedTest
  @ValueSource(strings = {"", "talk-de", "täl king.mp4", "日本語/видео.mkv", "a 😀 b", "C:\\clips\\a"})
  void visibleCharactersStay(String text) {
    assertThat(Printable.value(text)).isEqualTo(text);
    assertThat(Printable.line(text)).isEqualTo(text);
  }

  @Test
  void lineBreaksAndEscapeSequencesAreVisible() {
    assertThat(Printable.line("a\nb: done\r\n\tc"))
        .isEqualTo("a\\u000ab: done\\u000d\\u000a\\u0009c");
    assertThat(Printable.line("\u001b[31mred\u001b]0;title\u0007"))
        .isEqualTo("\\u001b[31mred\\u001b]0;title\\u0007");
    assertThat(Printable.line("\u009b2J\u007f\u0000")).isEqualTo("\\u009b2J\\u007f\\u0000");
  }

  @Test
  void marksOfDirectionAndOtherLineBreaksAreVisible() {
    assertThat(Printable.line("gpj.\u202e4pm")).isEqualTo("gpj.\\u202e4pm");
    assertThat(Printable.line("\u2066a\u2069\u200f\u061c"))
        .isEqualTo("\\u2066a\\u2069\\u200f\\u061c");
    assertThat(Printable.line("a\u2028b\u2029c\u0085d")).isEqualTo("a\\u2028b\\u2029c\\u0085d");
    assertThat(Printable.line("\ufeffid")).isEqualTo("\\ufeffid");
    assertThat(Printable.line("tag \udb40\udc41")).isEqualTo("tag \\udb40\\udc41");
    assertThat(Printable.line("half \ud83d")).isEqualTo("half \\ud83d");
  }

  @Test
  void aLongValueKeepsItsBeginningAndItsEnd() {
    String fits = "a".repeat(Printable.LONGEST_VALUE);
    assertThat(Printable.value(fits)).isEqualTo(fits);
    String longer = "/clips/" + "a".repeat(1_000_000) + "/talk.mp4";
    assertThat(Printable.value(longer))
        .startsWith("/clips/aaa")
        .endsWith("aaa/talk.mp4")
        .contains("a…a")
        .hasSize(199);
    assertThat(Printable.value("😀".repeat(300))).doesNotContain("\\u").contains("😀…😀");
    assertThat(Printable.value("x" + "😀".repeat(300))).doesNotContain("\\u").contains("😀…😀");
  }

  @Test
  void nullIsShownAsNull() {
    assertThat(Printable.value(null)).isEqualTo("null");
  }
}
