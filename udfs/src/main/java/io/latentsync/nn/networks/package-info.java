/** The networks, named as in their papers: UNet3d, AutoencoderKl, WhisperEncoder, SyncNet. */
package io.latentsync.nn.networks;
