package io.latentsync.nn;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Packs a network's text into the archive that {@code torch.jit.load} reads: a zip of source files
 * and of a pickle (protocol 2) with the one module and its attributes. The module's dictionary
 * {@code w} of weights is empty.
 *
 * @param source file of the network's class without its ending
 * @param type name of the class
 * @param sizes attributes: a {@link Double} becomes a float, anything else an int
 * @param text gives the bytes of a source file
 */
record TorchArchiveWriter(
    String source, String type, Map<String, Number> sizes, Function<String, byte[]> text) {

  private static final String PACKAGE = "latentsync";
  private static final List<String> SHARED = List.of("ops", "blocks");

  /** Version of the archive's layout and of the operators' meaning: that of PyTorch 2. */
  private static final String VERSION = "10\n";

  /** Opcodes of Python's pickletools that are needed here. */
  private static final class Op {
    static final byte[] PROTOCOL_2 = {(byte) 0x80, 2};
    static final int GLOBAL = 'c';
    static final int MARK = '(';
    static final int EMPTY_TUPLE = ')';
    static final int EMPTY_DICT = '}';
    static final int NEW_OBJECT = 0x81;
    static final int TUPLE_2 = 0x86;
    static final int FALSE = 0x89;
    static final int UNICODE = 'X';
    static final int INT = 'J';
    static final int FLOAT = 'G';
    static final int REDUCE = 'R';
    static final int SET_ITEMS = 'u';
    static final int BUILD = 'b';
    static final int STOP = '.';
  }

  /** The archive. */
  byte[] bytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      store(zip, "version", VERSION.getBytes(StandardCharsets.US_ASCII));
      for (String shared : SHARED) {
        storeSource(zip, shared);
      }
      storeSource(zip, source);
      store(zip, "constants.pkl", noConstants());
      store(zip, "data.pkl", module());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private void storeSource(ZipOutputStream zip, String name) throws IOException {
    String file = PACKAGE + "/" + name + ".py";
    store(zip, "code/__torch__/" + file, text.apply(file));
  }

  /** PyTorch maps entries from the file, so they must not be compressed. */
  private void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 sum = new CRC32();
    sum.update(content);
    ZipEntry entry = new ZipEntry(type + "/" + name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCrc(sum.getValue());
    entry.setTime(0);
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  private static byte[] noConstants() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(Op.PROTOCOL_2);
    bytes.write(Op.EMPTY_TUPLE);
    bytes.write(Op.STOP);
    return bytes.toByteArray();
  }

  private byte[] module() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream pickle = new DataOutputStream(bytes);
    pickle.write(Op.PROTOCOL_2);
    global(pickle, "__torch__." + PACKAGE + "." + source, type);
    pickle.write(Op.EMPTY_TUPLE);
    pickle.write(Op.NEW_OBJECT);
    pickle.write(Op.EMPTY_DICT);
    pickle.write(Op.MARK);
    unicode(pickle, "training");
    pickle.write(Op.FALSE);
    unicode(pickle, "w");
    global(pickle, "torch.jit._pickle", "restore_type_tag");
    pickle.write(Op.EMPTY_DICT);
    unicode(pickle, "Dict[str, Tensor]");
    pickle.write(Op.TUPLE_2);
    pickle.write(Op.REDUCE);
    for (Map.Entry<String, Number> size : sizes.entrySet()) {
      unicode(pickle, size.getKey());
      number(pickle, size.getValue());
    }
    pickle.write(Op.SET_ITEMS);
    pickle.write(Op.BUILD);
    pickle.write(Op.STOP);
    return bytes.toByteArray();
  }

  private static void global(DataOutputStream pickle, String module, String name)
      throws IOException {
    pickle.write(Op.GLOBAL);
    pickle.write((module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
  }

  private static void unicode(DataOutputStream pickle, String value) throws IOException {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    pickle.write(Op.UNICODE);
    pickle.writeInt(Integer.reverseBytes(utf8.length));
    pickle.write(utf8);
  }

  private static void number(DataOutputStream pickle, Number value) throws IOException {
    if (value instanceof Double real) {
      pickle.write(Op.FLOAT);
      pickle.writeDouble(real);
    } else {
      pickle.write(Op.INT);
      pickle.writeInt(Integer.reverseBytes(value.intValue()));
    }
  }
}
