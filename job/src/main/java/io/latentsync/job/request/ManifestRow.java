package io.latentsync.job.request;

import java.util.Map;
import java.util.Set;

/**
 * An unchecked row of a manifest in any format.
 *
 * @param place its location, such as {@code batch.csv line 3}
 * @param fields names that only this row has, of the format without a header; else empty
 * @param cells the values by the names of their fields, as text, without empty ones
 */
record ManifestRow(String place, Set<String> fields, Map<String, String> cells) {}
