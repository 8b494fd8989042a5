/** Training data in files: faces, speech and mouths. */
package io.latentsync.train.data;
