/** The intermediate files of a request, which a later run resumes from. */
package io.latentsync.job.staging;
