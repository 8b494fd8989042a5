/** The picture that media and face packages exchange: plain RGB bytes on the Java heap. */
package io.latentsync.image;
