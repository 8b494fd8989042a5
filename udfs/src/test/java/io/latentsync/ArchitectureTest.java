package io.latentsync;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.latentsync.testing.Architecture;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The order of the packages of this module. */
@AnalyzeClasses(packages = "io.latentsync", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
  private static final String[] PACKAGES = {
    "text",
    "image",
    "time",
    "trace",
    "memory",
    "record",
    "media",
    "media.sound",
    "media.yuv",
    "media.video",
    "shot",
    "timeline",
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
    "model.validate",
    "model.estimate",
    "sql"
  };

  @ArchTest
  static final ArchRule eachPackageDependsOnLowerOnesAlone =
      Architecture.order("io.latentsync", PACKAGES);

  @ArchTest static final ArchRule classesHaveNoCycles = Architecture.noCycles("io.latentsync");

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

  /**
   * Other ways copy values between host and device without a {@code HostTransfer}: an operation
   * with a Java number uploads it.
   */
  @ArchTest
  static final ArchRule valuesReachTheDeviceByTorchArraysAlone =
      noClasses()
          .that()
          .resideInAnyPackage("io.latentsync.diffusion", "io.latentsync.model.render")
          .should()
          .callMethodWhere(
              DescribedPredicate.describe(
                  "values are copied between host and device", ArchitectureTest::copiesValues));

  private static boolean copiesValues(JavaMethodCall call) {
    JavaClass owner = call.getTargetOwner();
    String name = call.getTarget().getName();
    List<String> parameters =
        call.getTarget().getRawParameterTypes().stream().map(JavaClass::getName).toList();
    if (owner.isAssignableTo(NDManager.class)) {
      return name.equals("create") && !parameters.get(0).equals(Shape.class.getName());
    }
    return owner.isAssignableTo(NDArray.class)
        && (parameters.contains(Number.class.getName())
            || name.matches("to(\\w*Array|ByteBuffer|Device)|get(Float|Double|Int|Long|Boolean)"));
  }

  @Test
  void theDocumentNamesEachPackage() throws IOException {
    assertThat(Architecture.documented("udfs")).containsAll(Architecture.lastNames(PACKAGES));
  }
}
