/** What the networks learn from: faces, speech and mouths, in files. */
package io.latentsync.train.data;
