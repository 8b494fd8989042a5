package io.latentsync.model.render;

import io.latentsync.media.VideoProbe;
import java.nio.file.Path;

/**
 * A video to dub.
 *
 * @param file a local file
 * @param probe what is known of it
 * @param identity a key that no other content has, wherever the file is
 */
public record SourceVideo(Path file, VideoProbe probe, String identity) {}
