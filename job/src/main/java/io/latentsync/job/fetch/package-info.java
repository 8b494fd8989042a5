/** Downloads the published checkpoints. */
package io.latentsync.job.fetch;
