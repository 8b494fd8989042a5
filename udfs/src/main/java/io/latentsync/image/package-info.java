/** The picture that media hands to faces and back: plain RGB bytes, owned by the Java heap. */
package io.latentsync.image;
