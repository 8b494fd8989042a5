/**
 * The networks of a dubbing model: which files, in which type, loaded once per process and device.
 */
package io.latentsync.model.bundle;
