#!/bin/sh
# ONNX in and out: networks of torchvision as PyTorch exports them, and our own files in ONNX Runtime.
# RESNET_SLOW=1 adds the large networks, and those of timm where it is installed.
set -u
command=$1
if ! python3 -c 'import numpy, onnx, torch, torchvision, PIL' 2>/dev/null; then
    echo "skipped: Python has not all of numpy, onnx, torch, torchvision and PIL here"
    exit 77
fi
folder=$(mktemp -d) || exit 1
trap 'rm -r "$folder"' EXIT
pictures=${RESNET_TEST_DATA:+$RESNET_TEST_DATA/photos}
if [ -z "$pictures" ]; then
    echo "without the photos, which RESNET_TEST_DATA would name: pictures that are drawn"
    pictures=$folder/drawn
    "$command" data draw "$pictures" --count 6 --quiet || exit 1
fi
python3 test/onnx_parity.py "$command" "$pictures" "$folder"
