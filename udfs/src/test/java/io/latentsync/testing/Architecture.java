package io.latentsync.testing;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.google.common.base.Splitter;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Architecture rules that apply to every module. */
public final class Architecture {
  private Architecture() {}

  /**
   * Each package depends only on those before it in the list.
   *
   * @param packages names without the root, such as {@code nn.torch}, the lowest first
   */
  public static ArchRule order(String root, String... packages) {
    List<String> all = new ArrayList<>();
    for (String name : packages) {
      all.add(name.isEmpty() ? root : root + "." + name);
    }
    List<ArchRule> rules = new ArrayList<>();
    for (int i = 0; i + 1 < all.size(); i++) {
      rules.add(
          noClasses()
              .that(resideInAPackage(all.get(i)))
              .should()
              .dependOnClassesThat(
                  resideInAnyPackage(all.subList(i + 1, all.size()).toArray(String[]::new))));
    }
    rules.add(
        noClasses()
            .should()
            .resideOutsideOfPackages(all.toArray(String[]::new))
            .because("each package has its place in the order"));
    return CompositeArchRule.of(rules);
  }

  /**
   * The words of a module's entry in docs/architecture.md, which must name each package of the
   * module.
   *
   * @throws IOException if the document cannot be read
   */
  public static List<String> documented(String module) throws IOException {
    String document = Files.readString(Path.of("..", "docs", "architecture.md"));
    String entry = document.substring(document.indexOf("\n" + module + "/ ") + 1);
    return Splitter.onPattern("[\\W]+").splitToList(entry.split("\n\\w+/ ", -1)[0]);
  }

  /** The last names of packages, such as {@code torch} of {@code nn.torch}. */
  public static List<String> lastNames(String... packages) {
    return Arrays.stream(packages)
        .map(name -> name.substring(name.lastIndexOf('.') + 1))
        .filter(name -> !name.isEmpty())
        .toList();
  }

  /**
   * No class depends on itself through other classes, except a sealed type and its permitted types.
   */
  public static ArchRule noCycles(String root) {
    return slices()
        .assignedFrom(
            new SliceAssignment() {
              @Override
              public SliceIdentifier getIdentifierOf(JavaClass type) {
                return type.getPackageName().startsWith(root)
                    ? SliceIdentifier.of(family(type))
                    : SliceIdentifier.ignore();
              }

              @Override
              public String getDescription() {
                return "the classes of " + root;
              }
            })
        .should()
        .beFreeOfCycles();
  }

  /** The top-level class, or the sealed type that permits it. */
  private static String family(JavaClass type) {
    JavaClass outer = type;
    while (outer.getEnclosingClass().isPresent()) {
      outer = outer.getEnclosingClass().get();
    }
    return outer.getRawInterfaces().stream()
        .filter(permitting -> permitting.reflect().isSealed())
        .findFirst()
        .orElse(outer)
        .getName();
  }
}
