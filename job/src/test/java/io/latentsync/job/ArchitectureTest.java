package io.latentsync.job;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
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
    packages = "io.latentsync.job",
    importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
  private static final String[] PACKAGES = {
    "failure",
    "metrics",
    "storage",
    "edit",
    "fetch",
    "request",
    "manifest",
    "provenance",
    "staging",
    "spark",
    "stage",
    "synthesis",
    "profile",
    "result",
    "run",
    "report",
    "cli.arguments",
    "cli.progress",
    "cli.probe",
    "cli",
    ""
  };

  @ArchTest
  static final ArchRule eachPackageDependsOnLowerOnesAlone =
      Architecture.order("io.latentsync.job", PACKAGES);

  @ArchTest static final ArchRule classesHaveNoCycles = Architecture.noCycles("io.latentsync.job");

  @ArchTest
  static final ArchRule onlyTheCommandLinePrints =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.latentsync.job.cli..")
          .should()
          .accessField(System.class, "out")
          .orShould()
          .accessField(System.class, "err");

  @Test
  void theDocumentNamesEachPackage() throws IOException {
    assertThat(Architecture.documented("job")).containsAll(Architecture.lastNames(PACKAGES));
  }
}
