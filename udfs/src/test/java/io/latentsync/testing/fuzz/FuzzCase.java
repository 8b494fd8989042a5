package io.latentsync.testing.fuzz;

/**
 * An input that was made by chance.
 *
 * @param kind what was done to what, such as {@code "mp4: boxes"}
 * @param file its name, whose ending may count
 * @param bytes what the file holds
 */
public record FuzzCase(String kind, String file, byte[] bytes) {}
