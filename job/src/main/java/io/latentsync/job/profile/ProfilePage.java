package io.latentsync.job.profile;

import java.util.List;

/**
 * A profile with its charts, for the report.
 *
 * @param charts its charts, in order
 */
public record ProfilePage(Profile profile, List<ChartPicture> charts) {}
