#!/usr/bin/env bash
# Everything that wants a GPU, in one command, on a machine that has one and little else: the tests marked `gpu`, the
# engine benchmark, and as much of a bundle of training runs as the time allows.
#
#   here    tailmark bundle pack mnist --to bundle    the runs of a suite that are not done, with their data
#   there   benchmarks/gpu.sh [bundle] [seconds]      needs torch and NumPy; pytest for the tests; imbalanced-learn for
#                                                     ROS and SMOTE (without it their runs fail, the others go on)
#   here    tailmark bundle unpack bundle && dvc repro
#
# A bundle can be trained in pieces: runs that it holds already are not trained again.
set -uo pipefail
cd "$(dirname "$0")/.."
bundle=${1:-bundle}
seconds=${2:-540}
export PYTHONPATH="$PWD/src${PYTHONPATH:+:$PYTHONPATH}" OMP_NUM_THREADS=1 PYTHONUNBUFFERED=1
python=${PYTHON:-python3}

"$python" - <<'CHECK' || exit 1
import sys
import torch

if not torch.cuda.is_available():
    sys.exit("benchmarks/gpu.sh needs a CUDA device; torch " + torch.__version__ + " sees none here.")
print("device:", torch.cuda.get_device_name(), "torch", torch.__version__)
CHECK

echo "== tests marked gpu"
"$python" -m pytest --noconftest -p no:cacheprovider -m gpu tests/gpu || echo "(some failed, or pytest is missing)"

echo "== engine benchmark"
if [ -d "$bundle" ]; then
  "$python" benchmarks/engine.py --device cuda --bundle "$bundle" --runs 48 --plain 1 --epochs 10 || echo "(not measured)"
else
  echo "(needs a bundle with runs of rw)"
fi

if [ -d "$bundle" ]; then
  echo "== training $bundle for at most $seconds s"
  timeout "$seconds" "$python" -m tailmark.training "$bundle" --device cuda
else
  echo "== no bundle at $bundle: nothing to train"
fi
