/** Finds the shots of a video and its still frames, from a few luma values of each frame. */
package io.latentsync.shot;
