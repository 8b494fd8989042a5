/** Training of the networks: objectives, steps, states, the files of the model. */
package io.latentsync.train.objective;
