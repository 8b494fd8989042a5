/**
 * The models as one: what to load, loading it once, dubbing a segment with it; and how well lips
 * follow a speech, by their opening or by SyncNet.
 */
package io.latentsync.model;
