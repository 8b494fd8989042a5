package io.latentsync.testing.fuzz;

/**
 * A random input.
 *
 * @param kind format and kind of mutation, such as {@code "mp4: boxes"}
 * @param file name of the file; its ending may matter
 * @param bytes contents of the file
 */
public record FuzzCase(String kind, String file, byte[] bytes) {}
