/** Faces in pictures: finding them, aligning them to the template, putting them back. */
package io.latentsync.face;
