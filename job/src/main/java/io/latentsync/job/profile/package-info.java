/** What profiled runs measured, and how it is told: as JSON, as a table and in charts. */
package io.latentsync.job.profile;
