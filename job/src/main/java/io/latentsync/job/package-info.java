/** The entry points of the Spark job. */
package io.latentsync.job;
