package io.latentsync.job.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.result.Results;
import io.latentsync.job.storage.Location;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ManifestFilesTest {
  @TempDir Path folder;

  private ManifestFiles of(String name) throws IOException {
    return ManifestFiles.of(new Location(name), new Configuration());
  }

  private List<String> names(String name) throws IOException {
    return of(name).manifests().stream().map(Location::fileName).toList();
  }

  private Path write(String name) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, "");
  }

  @Test
  void aFolderHasTheManifestsInTheOrderOfTheirNames() throws IOException {
    write("b.csv");
    write("a.PARQUET");
    write("c.json");
    write(".hidden.csv");
    write("_temporary.csv");
    write("a.mp4");
    write("a.mp4.provenance.json");
    write("spark/part-0.avro");
    write("other/x.csv");
    for (Location written : Results.files(new Location(folder.toString()))) {
      write(written.fileName());
    }
    assertThat(names(folder.toString())).containsExactly("a.PARQUET", "b.csv", "c.json", "spark");
    assertThat(of(folder.toString()).several()).isTrue();
    assertThat(names(folder + "/*.csv")).containsExactly("b.csv");
    assertThat(names(folder + "/{b,c}.*")).containsExactly("b.csv", "c.json");
    assertThat(names(folder + "/*/x.csv")).containsExactly("x.csv");
  }

  @Test
  void aFolderThatSparkHasWrittenIsOneManifest() throws IOException {
    write("spark/part-0.avro");
    write("empty/_SUCCESS");
    for (String name : List.of("spark", "empty")) {
      ManifestFiles found = of(folder.resolve(name).toString());
      assertThat(found.several()).isFalse();
      assertThat(found.manifests()).containsExactly(new Location(folder.resolve(name).toString()));
    }
  }

  @Test
  void aFileIsOneManifestAlsoIfItsNameLooksLikeAGlob() throws IOException {
    Path file = write("night[1].csv");
    assertThat(of(file.toString()))
        .isEqualTo(new ManifestFiles(List.of(new Location(file.toString())), false));
    assertThat(of(folder + "/gone.csv"))
        .isEqualTo(new ManifestFiles(List.of(new Location(folder + "/gone.csv")), false));
    assertThat(of(folder + "/gone*.csv")).isEqualTo(new ManifestFiles(List.of(), true));
  }

  @Test
  void aGlobMatchesNamesWithColonsAndInFoldersWhoseNamesLookLikeGlobs() throws IOException {
    write("drop [1]/a.csv");
    write("drop [1]/08:30.csv");
    write("drop 1/other.csv");
    write("x/drop {2}/c.csv");
    assertThat(names(folder + "/drop [1]/*.csv")).containsExactly("08:30.csv", "a.csv");
    assertThat(names(folder + "/?/drop {2}/[a-d].csv")).containsExactly("c.csv");
    assertThat(names(folder + "/drop [12]/*.csv")).containsExactly("other.csv");
    assertThat(names(folder + "/a.csv/*.csv")).isEmpty();
  }

  @Test
  void aLinkToAFolderNamesItsManifests() throws IOException {
    write("drop/a.csv");
    write("spark/part-0.avro");
    Files.createSymbolicLink(folder.resolve("link"), folder.resolve("drop"));
    Files.createSymbolicLink(folder.resolve("one"), folder.resolve("spark"));
    assertThat(names(folder + "/link")).containsExactly("a.csv");
    assertThat(of(folder + "/l*/*.csv").manifests())
        .containsExactly(new Location(folder + "/link/a.csv"));
    assertThat(of(folder + "/one").several()).isFalse();
  }
}
