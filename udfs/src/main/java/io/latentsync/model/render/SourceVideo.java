package io.latentsync.model.render;

import io.latentsync.media.video.VideoProbe;
import java.nio.file.Path;

/**
 * A source video.
 *
 * @param file a local file
 * @param probe its properties
 * @param identity key of the content, independent of the file's location
 */
public record SourceVideo(Path file, VideoProbe probe, String identity) {}
