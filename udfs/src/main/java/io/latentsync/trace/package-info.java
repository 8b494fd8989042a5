/** Named spans of time, recorded on the machine that does the work. */
package io.latentsync.trace;
