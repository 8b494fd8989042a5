/** Lists of requests in files of several formats. */
package io.latentsync.job.manifest;
