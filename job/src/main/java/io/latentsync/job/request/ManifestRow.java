package io.latentsync.job.request;

import java.util.Map;

/**
 * A row of a manifest as it stands, whatever the format.
 *
 * @param place where it is, such as {@code batch.csv line 3}
 * @param cells the values by the names of their fields, as text; fields without a value are left
 *     out
 */
record ManifestRow(String place, Map<String, String> cells) {}
