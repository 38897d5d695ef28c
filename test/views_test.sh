#!/bin/sh
# 1-crop, 10-crop and dense answers are PyTorch's, where PyTorch and the pictures of RESNET_TEST_DATA are there.
set -u
if ! python3 -c 'import torch, torchvision, PIL' 2>/dev/null; then
    echo "skipped: Python has no torch, torchvision and PIL here"
    exit 77
fi
pictures=${RESNET_TEST_DATA:-}/imagenette-128/val
if [ ! -d "$pictures" ]; then
    echo "skipped: RESNET_TEST_DATA is not set, or has no imagenette-128"
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 test/views_parity.py "$1" "$pictures" "$work"
