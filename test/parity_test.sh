#!/bin/sh
# Scores from photographs are torchvision's, and so are the counts, where torchvision and the photographs are.
set -u
if ! python3 -c 'import torch, torchvision, numpy' 2>/dev/null; then
    echo "skipped: Python has no torchvision here"
    exit 77
fi
if [ -z "${RESNET_TEST_DATA:-}" ]; then
    echo "skipped: RESNET_TEST_DATA is not set"
    exit 77
fi
python3 test/parity.py "$1" "$RESNET_TEST_DATA/photos"
