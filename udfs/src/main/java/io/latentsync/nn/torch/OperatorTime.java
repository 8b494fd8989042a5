package io.latentsync.nn.torch;

import java.io.Serializable;

/**
 * The total time of the calls of one libtorch operator.
 *
 * @param name such as {@code aten::linear}
 * @param calls number of calls, at least 1
 * @param totalMillis time in ms, with nested operators
 * @param selfMillis time in ms without nested operators; the sum over all operators is the total
 */
public record OperatorTime(String name, long calls, double totalMillis, double selfMillis)
    implements Serializable {}
