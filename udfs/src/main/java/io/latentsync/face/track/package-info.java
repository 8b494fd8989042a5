/** Tracks people and their faces from frame to frame. */
package io.latentsync.face.track;
