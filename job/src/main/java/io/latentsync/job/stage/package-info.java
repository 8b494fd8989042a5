/** The stages of a request in their order: plan, analyse, audio, synthesise, score, stitch. */
package io.latentsync.job.stage;
