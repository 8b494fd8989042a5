/** Charts and text of a profiled run. */
package io.latentsync.job.profile;
