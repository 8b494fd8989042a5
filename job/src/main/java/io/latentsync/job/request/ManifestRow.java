package io.latentsync.job.request;

import java.util.Map;

/**
 * An unchecked row of a manifest in any format.
 *
 * @param place its location, such as {@code batch.csv line 3}
 * @param cells the values by the names of their fields, as text, without empty ones
 */
record ManifestRow(String place, Map<String, String> cells) {}
