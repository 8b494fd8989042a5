package io.latentsync.nn.checkpoint;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import net.razorvine.pickle.IObjectConstructor;
import net.razorvine.pickle.Opcodes;
import net.razorvine.pickle.PickleException;
import net.razorvine.pickle.PickleUtils;
import net.razorvine.pickle.Unpickler;

/**
 * Reads the pickle of a PyTorch checkpoint and builds dictionaries, plain values and descriptions
 * of tensors, nothing else. The library's registry of constructors is not used: this class handles
 * every opcode that looks up or builds a class, with a fixed list.
 *
 * <p>A pickle can describe lists and tuples that contain themselves, or one another so often that a
 * traversal never ends. They may be stored, but this class does not print, hash, compare or
 * traverse them: keys of dictionaries become text, and lists are read only as the parts of a
 * tensor, one level deep.
 */
final class TorchUnpickler extends Unpickler {

  /** A run of elements that tensors are views of. */
  record Storage(TensorInfo.Type type, String key, long elements) {
    Storage {
      Objects.requireNonNull(type);
      Objects.requireNonNull(key);
    }
  }

  /** A view of a storage; offset and strides in elements. */
  record Tensor(Storage storage, long offset, long[] shape, long[] strides) {
    Tensor {
      Objects.requireNonNull(storage);
    }
  }

  /** The pickle of 1,246 tensors has 80,000 opcodes; each may need some hundred bytes of memory. */
  private static final int MOST_OPCODES = 1_000_000;

  /** Maximum length of a storage's key, which is the storage's number. */
  private static final int LONGEST_KEY = 100;

  /** Maximum number of characters of a name in a message. */
  private static final int LONGEST_QUOTE = 200;

  /** More than any tensor of a network has. */
  private static final int MOST_DIMENSIONS = 16;

  private static final Map<String, TensorInfo.Type> STORAGES =
      Map.of(
          "torch.DoubleStorage", TensorInfo.Type.FLOAT64,
          "torch.FloatStorage", TensorInfo.Type.FLOAT32,
          "torch.HalfStorage", TensorInfo.Type.FLOAT16,
          "torch.BFloat16Storage", TensorInfo.Type.BFLOAT16,
          "torch.LongStorage", TensorInfo.Type.INT64,
          "torch.IntStorage", TensorInfo.Type.INT32,
          "torch.ShortStorage", TensorInfo.Type.INT16,
          "torch.CharStorage", TensorInfo.Type.INT8,
          "torch.ByteStorage", TensorInfo.Type.UINT8,
          "torch.BoolStorage", TensorInfo.Type.BOOL);

  private int opcodes;

  private TorchUnpickler() {}

  /**
   * Reads one pickle, and no byte after it.
   *
   * @param file its file, for messages
   * @throws CheckpointException if it is damaged or contains anything other than tensors,
   *     dictionaries and plain values
   */
  static Object read(Path file, ByteArrayInputStream pickle) throws CheckpointException {
    TorchUnpickler unpickler = new TorchUnpickler();
    try {
      return unpickler.load(pickle);
    } catch (PickleException e) {
      throw new CheckpointException(file, e.getMessage(), e);
    } catch (IOException
        | IndexOutOfBoundsException
        | ClassCastException
        | IllegalArgumentException
        | NegativeArraySizeException
        | NullPointerException e) {
      // The unpickler throws these if operands do not fit an instruction.
      throw new CheckpointException(file, "has a damaged pickle", e);
    }
  }

  @Override
  protected Object dispatch(short opcode) throws IOException {
    count();
    switch (opcode) {
      case Opcodes.GLOBAL ->
          stack.add(global(PickleUtils.readline(input) + "." + PickleUtils.readline(input)));
      case Opcodes.STACK_GLOBAL -> {
        String name = (String) stack.pop();
        stack.add(global((String) stack.pop() + "." + name));
      }
      case Opcodes.INST ->
          throw refusal(PickleUtils.readline(input) + "." + PickleUtils.readline(input));
      case Opcodes.BUILD -> dropState();
      // The library shortens the list or the stack to its size each time, which copies all of it.
      case Opcodes.APPENDS -> {
        List<Object> values = stack.pop_all_since_marker();
        list(stack.peek()).addAll(values);
      }
      case Opcodes.POP_MARK -> stack.pop_all_since_marker();
      case Opcodes.SETITEM -> {
        Object value = stack.pop();
        putAll(Arrays.asList(stack.pop(), value));
      }
      case Opcodes.SETITEMS -> putAll(stack.pop_all_since_marker());
      case Opcodes.BINUNICODE, Opcodes.BINSTRING, Opcodes.BINBYTES -> {
        checkLength(4);
        return super.dispatch(opcode);
      }
      case Opcodes.BINUNICODE8, Opcodes.BINBYTES8 -> {
        checkLength(8);
        return super.dispatch(opcode);
      }
      case Opcodes.PROTO,
          Opcodes.FRAME,
          Opcodes.STOP,
          Opcodes.MARK,
          Opcodes.POP,
          Opcodes.NONE,
          Opcodes.NEWTRUE,
          Opcodes.NEWFALSE,
          Opcodes.BININT,
          Opcodes.BININT1,
          Opcodes.BININT2,
          Opcodes.LONG1,
          Opcodes.BINFLOAT,
          Opcodes.SHORT_BINUNICODE,
          Opcodes.SHORT_BINSTRING,
          Opcodes.SHORT_BINBYTES,
          Opcodes.EMPTY_TUPLE,
          Opcodes.TUPLE,
          Opcodes.TUPLE1,
          Opcodes.TUPLE2,
          Opcodes.TUPLE3,
          Opcodes.EMPTY_LIST,
          Opcodes.APPEND,
          Opcodes.EMPTY_DICT,
          Opcodes.BINPUT,
          Opcodes.LONG_BINPUT,
          Opcodes.MEMOIZE,
          Opcodes.BINGET,
          Opcodes.LONG_BINGET,
          Opcodes.BINPERSID,
          Opcodes.REDUCE -> {
        return super.dispatch(opcode);
      }
      default ->
          throw new PickleException(
              String.format(
                  "it uses the pickle instruction 0x%02x, which torch.save never writes", opcode));
    }
    return NO_RETURN_VALUE;
  }

  /**
   * Counts an instruction, or an entry that an instruction copies: a list of a hundred thousand
   * pairs can be copied a hundred thousand times.
   */
  private void count() {
    if (++opcodes > MOST_OPCODES) {
      throw new PickleException("its pickle has more than " + MOST_OPCODES + " instructions");
    }
  }

  private Object global(String name) {
    TensorInfo.Type storage = STORAGES.get(name);
    if (storage != null) {
      return storage;
    }
    // The library calls objects of these types as constructors on REDUCE.
    return switch (name) {
      case "collections.OrderedDict" -> (IObjectConstructor) this::dictionary;
      case "torch._utils._rebuild_tensor_v2" -> (IObjectConstructor) TorchUnpickler::tensor;
      case "torch._utils._rebuild_parameter" -> (IObjectConstructor) TorchUnpickler::parameter;
      default -> throw refusal(name);
    };
  }

  private static PickleException refusal(String name) {
    return new PickleException(
        "refuses the global "
            + quoted(name)
            + ": a checkpoint may hold tensors, dictionaries and plain values only");
  }

  private static String quoted(String name) {
    return name.length() <= LONGEST_QUOTE ? name : name.substring(0, LONGEST_QUOTE) + "…";
  }

  @SuppressWarnings("unchecked")
  private static List<Object> list(Object value) {
    return (List<Object>) value;
  }

  /** Python 2 passes a list of pairs; Python 3 passes nothing and adds the pairs afterwards. */
  private Object dictionary(Object... args) {
    Map<String, Object> dictionary = new HashMap<>();
    if (args.length > 0) {
      for (Object pair : list(args[0])) {
        count();
        put(dictionary, list(pair).get(0), list(pair).get(1));
      }
    }
    return dictionary;
  }

  /** Arguments: storage, offset, shape, strides, requires_grad, hooks and perhaps metadata. */
  private static Object tensor(Object... args) {
    if (args.length > 6 && !((Map<?, ?>) args[6]).isEmpty()) {
      throw new PickleException("its pickle has a negated or conjugated tensor");
    }
    Tensor tensor = new Tensor((Storage) args[0], size(args[1]), sizes(args[2]), sizes(args[3]));
    if (tensor.shape().length != tensor.strides().length) {
      throw new PickleException("its pickle has a tensor with fewer strides than dimensions");
    }
    return tensor;
  }

  /** Arguments: the tensor, requires_grad, hooks. */
  private static Object parameter(Object... args) {
    return (Tensor) args[0];
  }

  private static long[] sizes(Object tuple) {
    Object[] sizes = (Object[]) tuple;
    if (sizes.length > MOST_DIMENSIONS) {
      throw new PickleException("its pickle has a tensor of " + sizes.length + " dimensions");
    }
    return Arrays.stream(sizes).mapToLong(TorchUnpickler::size).toArray();
  }

  private static long size(Object number) {
    if ((number instanceof Integer || number instanceof Long)
        && ((Number) number).longValue() >= 0) {
      return ((Number) number).longValue();
    }
    throw new PickleException(
        "its pickle has a size, offset or stride that is no integer from 0 on");
  }

  /**
   * Identifiers are ("storage", type, key, device, number of elements); before PyTorch 1.6 with a
   * sixth part, for storages that are views of others.
   */
  @Override
  protected Object persistentLoad(Object id) {
    Object[] parts = (Object[]) id;
    boolean whole = parts.length == 5 || (parts.length == 6 && parts[5] == null);
    if (!whole || !"storage".equals(parts[0])) {
      throw new PickleException("its pickle refers to something that is not a storage");
    }
    String key = (String) parts[2];
    if (key.length() > LONGEST_KEY) {
      throw new PickleException(
          "its pickle has a storage whose key is longer than " + LONGEST_KEY + " characters");
    }
    return new Storage((TensorInfo.Type) parts[1], key, size(parts[4]));
  }

  /** A state dictionary has the versions of its modules as an attribute, which is ignored. */
  private void dropState() {
    stack.pop();
    if (!(stack.peek() instanceof Map)) {
      throw new PickleException("its pickle sets the state of something that is no dictionary");
    }
  }

  private void putAll(List<Object> keysAndValues) {
    @SuppressWarnings("unchecked")
    Map<String, Object> dictionary = (Map<String, Object>) stack.peek();
    for (int i = 0; i < keysAndValues.size(); i += 2) {
      put(dictionary, keysAndValues.get(i), keysAndValues.get(i + 1));
    }
  }

  /**
   * Keys are text, numbers or booleans, stored as text: a container that contains itself cannot be
   * hashed, and thousands of different values with the same hash would take minutes to compare.
   */
  private static void put(Map<String, Object> dictionary, Object key, Object value) {
    if (!(key instanceof String || key instanceof Number || key instanceof Boolean)) {
      throw new PickleException("its pickle has a dictionary key that is not text or a number");
    }
    if (dictionary.put(key.toString(), value) != null) {
      throw new PickleException(
          "its pickle has a dictionary with two values of the key " + quoted(key.toString()));
    }
  }

  /** The library allocates the declared length before it checks how many bytes exist. */
  private void checkLength(int lengthBytes) throws IOException {
    input.mark(lengthBytes);
    long length = 0;
    for (int i = 0; i < lengthBytes; i++) {
      length |= (long) input.read() << (8 * i);
    }
    int available = input.available();
    input.reset();
    if (length < 0 || length > available) {
      throw new PickleException(
          "its pickle is truncated: a text of "
              + Long.toUnsignedString(length)
              + " bytes where "
              + available
              + " are left");
    }
  }
}
