#!/bin/sh
# Decoded and resized pixels are Pillow's, where Pillow is there: the pictures of test/golden, the photos of
# RESNET_TEST_DATA, and a set that is made up.
set -u
pixels=$(dirname "$1")/test/pixels
if ! python3 -c 'import PIL' 2>/dev/null; then
    echo "skipped: Python has no PIL here"
    exit 77
fi
photos=${RESNET_TEST_DATA:+$RESNET_TEST_DATA/photos}
[ -n "$photos" ] || echo "without the photos: RESNET_TEST_DATA is not set"
python3 test/pil_parity.py "$pixels" test/golden/image ${photos:+"$photos"}
