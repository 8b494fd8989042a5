package io.latentsync;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Who may know whom inside this module. */
@AnalyzeClasses(packages = "io.latentsync", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {

  @ArchTest
  static final ArchRule packagesStandOnOneAnotherAsDesigned =
      layeredArchitecture()
          .consideringOnlyDependenciesInAnyPackage("io.latentsync..")
          .layer("image")
          .definedBy("io.latentsync.image..")
          .layer("trace")
          .definedBy("io.latentsync.trace..")
          .layer("time")
          .definedBy("io.latentsync.time..")
          .layer("record")
          .definedBy("io.latentsync.record..")
          .layer("memory")
          .definedBy("io.latentsync.memory..")
          .layer("media")
          .definedBy("io.latentsync.media..")
          .layer("face")
          .definedBy("io.latentsync.face..")
          .layer("audio")
          .definedBy("io.latentsync.audio..")
          .layer("nn")
          .definedBy("io.latentsync.nn..")
          .layer("diffusion")
          .definedBy("io.latentsync.diffusion..")
          .layer("model")
          .definedBy("io.latentsync.model..")
          .whereLayer("model")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("diffusion")
          .mayOnlyBeAccessedByLayers("model")
          .whereLayer("nn")
          .mayOnlyBeAccessedByLayers("diffusion", "model")
          .whereLayer("audio")
          .mayOnlyBeAccessedByLayers("model")
          .whereLayer("media")
          .mayOnlyBeAccessedByLayers("model")
          .whereLayer("face")
          .mayOnlyBeAccessedByLayers("model")
          .whereLayer("trace")
          .mayOnlyBeAccessedByLayers("diffusion", "model")
          .whereLayer("image")
          .mayOnlyBeAccessedByLayers("media", "face", "model")
          .whereLayer("memory")
          .mayOnlyBeAccessedByLayers("media", "audio", "nn", "diffusion", "model")
          .whereLayer("time")
          .mayOnlyBeAccessedByLayers("media", "face", "audio", "model");

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching("io.latentsync.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule nothingHereKnowsSparkOrHadoop =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.spark..", "org.apache.hadoop..", "io.latentsync.job..");
}
