/** Smooths alignment points, cuts out aligned faces, measures mouths in them. */
package io.latentsync.face.align;
