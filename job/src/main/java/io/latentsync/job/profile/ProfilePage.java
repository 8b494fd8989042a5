package io.latentsync.job.profile;

import java.util.List;

/**
 * A profile as the report shows it.
 *
 * @param charts its charts, in order
 */
public record ProfilePage(Profile profile, List<ChartPicture> charts) {}
