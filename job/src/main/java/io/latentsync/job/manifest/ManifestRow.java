package io.latentsync.job.manifest;

import java.util.Map;
import java.util.Set;

/**
 * An unchecked row of a manifest in any format.
 *
 * @param place its place in the manifest, such as {@code batch.csv line 3}
 * @param fields field names of the row in JSON lines, which have no header; empty for the other
 *     formats
 * @param cells values as text, by field name, without empty ones
 */
record ManifestRow(String place, Set<String> fields, Map<String, String> cells) {}
