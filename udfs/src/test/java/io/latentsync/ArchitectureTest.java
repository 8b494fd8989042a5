package io.latentsync;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.latentsync.testing.Architecture;

/** The order of the packages of this module. */
@AnalyzeClasses(packages = "io.latentsync", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {

  @ArchTest
  static final ArchRule eachPackageDependsOnLowerOnesAlone =
      Architecture.order(
          "io.latentsync",
          "text",
          "image",
          "time",
          "trace",
          "memory",
          "record",
          "media",
          "face.detect",
          "face.track",
          "face.align",
          "face.blend",
          "audio",
          "nn.checkpoint",
          "nn.torch",
          "nn.networks",
          "diffusion",
          "model.bundle",
          "model.render",
          "model.sync",
          "model.estimate",
          "sql");

  @ArchTest static final ArchRule classesHaveNoCircles = Architecture.noCircles("io.latentsync");

  @ArchTest
  static final ArchRule sparkIsKnownToTheSqlFunctionsAlone =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.latentsync.sql")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.spark..", "org.apache.hadoop..");

  @ArchTest
  static final ArchRule nothingHereKnowsTheJob =
      noClasses().should().dependOnClassesThat().resideInAPackage("io.latentsync.job..");

  @ArchTest
  static final ArchRule nothingHerePrints =
      noClasses()
          .should()
          .accessField(System.class, "out")
          .orShould()
          .accessField(System.class, "err");
}
