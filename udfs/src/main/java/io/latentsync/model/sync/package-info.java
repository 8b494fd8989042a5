/** Scores how well the lips follow the speech. */
package io.latentsync.model.sync;
