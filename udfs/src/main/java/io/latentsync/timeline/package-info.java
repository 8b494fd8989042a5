/** The frames of an output: which source frame each shows, and where the face is re-synthesised. */
package io.latentsync.timeline;
