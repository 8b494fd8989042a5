/**
 * The networks of a dubbing model: files, element types, and loading once per process and device.
 */
package io.latentsync.model.bundle;
