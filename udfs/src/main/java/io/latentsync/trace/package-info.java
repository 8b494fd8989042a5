/** What was done when: named spans of time, recorded where work is done, on any machine. */
package io.latentsync.trace;
