package io.latentsync.nn.torch;

import java.io.Serializable;

/**
 * What the calls of one operator of libtorch took together.
 *
 * @param name such as {@code aten::linear}
 * @param calls how many, at least 1
 * @param totalMillis of all calls, with the operators that they call, in ms
 * @param selfMillis the same without these, in ms: over all operators it adds up to the whole
 */
public record OperatorTime(String name, long calls, double totalMillis, double selfMillis)
    implements Serializable {}
