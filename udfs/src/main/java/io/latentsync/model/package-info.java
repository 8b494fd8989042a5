/** The models as one: what to load, loading it once, and dubbing a segment with it. */
package io.latentsync.model;
