/** The networks by the names of their papers: UNet3d, AutoencoderKl, WhisperEncoder, SyncNet. */
package io.latentsync.nn.networks;
