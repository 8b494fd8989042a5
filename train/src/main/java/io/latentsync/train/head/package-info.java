/** Synthetic heads: procedural faces whose mouths have any given shape. */
package io.latentsync.train.head;
