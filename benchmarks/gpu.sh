#!/usr/bin/env bash
# Everything that wants a GPU, in one command, on a machine that has one: the tests marked `gpu`, the engine
# benchmark, and as much of a bundle of training runs as the time allows.
#
#   here    tailmark bundle pack --to bundle          the runs of the active tier that are not done, with their data
#   there   benchmarks/gpu.sh [bundle] [seconds]      needs torch, NumPy, rich, PyYAML, pydantic, pyarrow, pytest,
#                                                     hypothesis and imbalanced-learn; DVC and MLflow are not needed.
#                                                     What is missing for a part is said, and the other parts run.
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
"$python" -m pytest -m gpu -p no:cacheprovider tests/training || echo "(some failed, or a test requirement is missing)"

echo "== engine benchmark"
"$python" benchmarks/engine.py --device cuda --runs 48 --plain 1 || echo "(not measured)"

if [ -d "$bundle" ]; then
  echo "== training $bundle for at most $seconds s"
  timeout "$seconds" "$python" -m tailmark.training "$bundle" --device cuda
else
  echo "== no bundle at $bundle: nothing to train"
fi
