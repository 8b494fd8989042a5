/** The synthesis of a request: the chosen faces, segments, attempts and their sync scores. */
package io.latentsync.job.synthesis;
