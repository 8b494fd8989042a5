package io.latentsync.nn.torch;

import io.latentsync.nn.checkpoint.PickleWriter;
import io.latentsync.nn.checkpoint.StoredZip;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;

/**
 * Packs a network's text into the archive that {@code torch.jit.load} reads: a zip of source files
 * and of a pickle (protocol 2) with the one module and its attributes. The module's dictionary
 * {@code w} of weights is empty.
 *
 * @param spec names the class and its attributes
 * @param text reads a source file
 */
record TorchArchiveWriter(NetworkSpec spec, Function<String, byte[]> text) {

  private static final String PACKAGE = "latentsync";
  private static final List<String> SHARED = List.of("ops", "blocks");

  /** Version of the archive's layout and of the operators: that of PyTorch 2. */
  private static final String VERSION = "10\n";

  /** The bytes of the archive. */
  byte[] bytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (StoredZip zip = new StoredZip(bytes, spec.type())) {
      zip.store("version", VERSION.getBytes(StandardCharsets.US_ASCII));
      for (String shared : SHARED) {
        storeSource(zip, shared);
      }
      storeSource(zip, spec.source());
      zip.store("constants.pkl", new PickleWriter().emptyTuple().bytes());
      zip.store("data.pkl", module());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private void storeSource(StoredZip zip, String name) throws IOException {
    String file = PACKAGE + "/" + name + ".py";
    zip.store("code/__torch__/" + file, text.apply(file));
  }

  private byte[] module() {
    PickleWriter pickle = new PickleWriter();
    pickle
        .global("__torch__." + PACKAGE + "." + spec.source(), spec.type())
        .emptyTuple()
        .newObject();
    pickle.emptyDict().mark();
    pickle.text("training").no();
    pickle.text("w");
    pickle.global("torch.jit._pickle", "restore_type_tag");
    pickle.emptyDict().text("Dict[str, Tensor]").tuple2().reduce();
    spec.sizes().forEach((name, size) -> pickle.text(name).number(size));
    return pickle.setItems().build().bytes();
  }
}
