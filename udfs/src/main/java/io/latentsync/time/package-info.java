/** Frames as places in time: what pictures, faces and speech measure their lengths in. */
package io.latentsync.time;
