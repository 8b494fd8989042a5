/** Frame rates and ranges of frames. */
package io.latentsync.time;
