/** Pastes synthesised faces back into their frames. */
package io.latentsync.face.blend;
