/** The stages of a request but synthesis: plan, analyse, speech, stitch, validate. */
package io.latentsync.job.stage;
