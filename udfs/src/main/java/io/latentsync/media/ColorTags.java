package io.latentsync.media;

import java.io.Serializable;

/**
 * How a stream's numbers are to be read as colours: the code points of ITU-T H.273, which FFmpeg's
 * enumerations share.
 *
 * @param range AVColorRange: 0 unknown, 1 limited (16…235), 2 full (0…255)
 * @param matrix AVColorSpace: 1 BT.709, 5 and 6 BT.601, 9 BT.2020, 2 unknown, …
 * @param primaries AVColorPrimaries
 * @param transfer AVColorTransferCharacteristic
 */
public record ColorTags(int range, int matrix, int primaries, int transfer)
    implements Serializable {}
