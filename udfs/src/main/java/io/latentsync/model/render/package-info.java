/** Renders a segment: from source frames and speech to H.264. */
package io.latentsync.model.render;
