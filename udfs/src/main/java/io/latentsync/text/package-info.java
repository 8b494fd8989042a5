/** Text from files and options, as it may be shown. */
package io.latentsync.text;
