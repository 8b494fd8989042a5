/** Measures a finished output: decoding, fidelity outside the faces, steps, lips in silence. */
package io.latentsync.model.validate;
