/** Training of small models on synthetic talking heads, on the networks' own programs. */
package io.latentsync.train;
