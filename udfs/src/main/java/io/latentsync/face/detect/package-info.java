/** Finds the faces of a picture and the points that they are aligned by (OpenCV, ONNX Runtime). */
package io.latentsync.face.detect;
