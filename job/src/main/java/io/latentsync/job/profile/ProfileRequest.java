package io.latentsync.job.profile;

import io.latentsync.job.storage.Location;

/**
 * What a profiled run measures.
 *
 * @param runs how often the video is dubbed
 * @param memory whether the memory is measured too
 * @param folder where the files of the profile go
 */
public record ProfileRequest(int runs, boolean memory, Location folder) {}
