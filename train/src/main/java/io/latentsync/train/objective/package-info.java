/** What the networks learn, and how: objectives, steps, states, the files of the model. */
package io.latentsync.train.objective;
