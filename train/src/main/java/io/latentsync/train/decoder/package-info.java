/** Fine-tuning of an autoencoder's decoder on the faces of one person. */
package io.latentsync.train.decoder;
