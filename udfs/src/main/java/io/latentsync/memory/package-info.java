/** Native memory that runs out, and what to do about it. */
package io.latentsync.memory;
