package io.latentsync.train;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.latentsync.testing.Architecture;

/** The order of the packages of this module. */
@AnalyzeClasses(
    packages = "io.latentsync.train",
    importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {

  @ArchTest
  static final ArchRule eachPackageDependsOnLowerOnesAlone =
      Architecture.order(
          "io.latentsync.train", "head", "evaluation", "data", "objective", "decoder", "");

  @ArchTest
  static final ArchRule classesHaveNoCycles = Architecture.noCycles("io.latentsync.train");
}
