package io.latentsync.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.latentsync.testing.Architecture;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The order of the packages of this module. */
@AnalyzeClasses(
    packages = "io.latentsync.train",
    importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
  private static final String[] PACKAGES = {
    "speech", "head", "clip", "evaluation", "data", "objective", "decoder", ""
  };

  @ArchTest
  static final ArchRule eachPackageDependsOnLowerOnesAlone =
      Architecture.order("io.latentsync.train", PACKAGES);

  @ArchTest
  static final ArchRule classesHaveNoCycles = Architecture.noCycles("io.latentsync.train");

  @Test
  void theDocumentNamesEachPackage() throws IOException {
    assertThat(Architecture.documented("train")).containsAll(Architecture.lastNames(PACKAGES));
  }
}
