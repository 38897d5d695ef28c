#!/bin/sh
# What `resnet convert` writes is loaded by PyTorch and by the Python package of safetensors, where they are.
set -u
if ! python3 -c 'import torch, torchvision, numpy' 2>/dev/null; then
    echo "skipped: Python has no torchvision here"
    exit 77
fi
python3 test/export_parity.py "$1" ${RESNET_TEST_DATA:+"$RESNET_TEST_DATA/photos"}
