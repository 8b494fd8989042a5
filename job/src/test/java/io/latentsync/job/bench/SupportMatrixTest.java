package io.latentsync.job.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.SortedSetMultimap;
import com.google.common.collect.TreeMultimap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checks that the support matrix equals what the hunt and the tests cover. */
final class SupportMatrixTest {
  private static final Path ROOT = Path.of("..");
  private static final Path MATRIX = ROOT.resolve("docs/formats.md");

  /** Container, video codec, kinds of sound. */
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| (\\.\\S+) \\| (\\S+) \\| ([^|]*) \\|");

  private static final Pattern TEST_CLASS = Pattern.compile("\\b[A-Z]\\w*Test\\b");

  @TempDir Path folder;

  @Test
  void theSupportMatrixHasAllCombinations() throws IOException {
    SortedSetMultimap<String, String> hunted = TreeMultimap.create();
    for (OddInput input : new OddInputMaker(folder, 1).draw()) {
      hunted.put(
          ".%s %s".formatted(input.ending(), input.hasPictures() ? input.video() : "–"),
          input.hasSound() ? input.sound() : "–");
    }
    SortedSetMultimap<String, String> documented = TreeMultimap.create();
    for (MatchResult row : matches(ROW)) {
      documented.putAll(
          row.group(1) + " " + row.group(2), List.of(row.group(3).strip().split(", ", -1)));
    }
    assertThat(documented).isEqualTo(hunted);
  }

  @Test
  void theTestsThatItNamesExist() throws IOException {
    Set<String> tests = new HashSet<>();
    for (String module : List.of("udfs", "job")) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/test/java"))) {
        files.map(file -> file.getFileName().toString().replace(".java", "")).forEach(tests::add);
      }
    }
    assertThat(matches(TEST_CLASS).stream().map(MatchResult::group).toList())
        .isNotEmpty()
        .allSatisfy(name -> assertThat(tests).contains(name));
  }

  private static List<MatchResult> matches(Pattern pattern) throws IOException {
    return pattern.matcher(Files.readString(MATRIX)).results().toList();
  }
}
