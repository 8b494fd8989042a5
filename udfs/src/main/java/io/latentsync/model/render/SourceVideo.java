package io.latentsync.model.render;

import io.latentsync.media.VideoProbe;
import java.nio.file.Path;

/**
 * A video to dub.
 *
 * @param file a local file
 * @param probe what is known of it
 * @param identity what tells its content from any other's, wherever the file is
 */
public record SourceVideo(Path file, VideoProbe probe, String identity) {}
