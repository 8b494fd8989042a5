package io.latentsync.job.profile;

import io.latentsync.job.storage.Location;

/**
 * The options of a profiled run.
 *
 * @param runs number of runs
 * @param memory whether memory is measured as well
 * @param folder folder of the profile's files
 */
public record ProfileRequest(int runs, boolean memory, Location folder) {}
