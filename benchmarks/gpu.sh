#!/usr/bin/env bash
# Everything that wants a GPU, in one command, on a machine that has one and little else: the tests marked `gpu`, the
# benchmarks of the engine and of MGVAE's step, and as much of a bundle of jobs as the time allows.
#
#   here    tailmark bundle pack mnist --to bundle    what is not done of a suite, with its data; no suite: the tier
#   there   benchmarks/gpu.sh [bundle] [seconds]      needs torch and NumPy; pytest for the tests; imbalanced-learn for
#                                                     ROS and SMOTE (without it their runs fail, the others go on)
#   here    tailmark bundle unpack bundle && dvc repro
#
# A bundle can be done in pieces: what it holds already is not done again. Generators are trained first, in stacks.
# Where transfers are small: `tar czf bundle.tgz bundle` here, `benchmarks/gpu.sh bundle.tgz 540 results` there leaves the
# run files, and models that runs are still waiting for, in results/done.tgz.aa, .ab ... of 15 MB;
# `cat results/done.tgz.* | tar xz -C bundle` puts them back.
set -uo pipefail
cd "$(dirname "$0")/.."
bundle=${1:-bundle}
seconds=${2:-540}
results=${3:-}
if [ -f "$bundle" ]; then
  tar xzf "$bundle" || exit 1
  bundle=$(tar tzf "$bundle" | head -n 1 | cut -d/ -f1)
fi
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

echo "== MGVAE's step"
"$python" benchmarks/generator.py --device cuda --exemplars 10000 --lessons 6 || echo "(not measured)"

echo "== the step of a multi-modal method, several runs side by side"
for method in concatenation mame; do
  "$python" benchmarks/fusion.py --device cuda --method $method --lanes 1 4 8 16 --steps 39 || echo "(not measured)"
done

echo "== what balancing views adds to a step"
"$python" benchmarks/balance.py --device cuda || echo "(not measured)"

echo "== engine benchmark"
if [ -d "$bundle" ]; then
  "$python" benchmarks/engine.py --device cuda --bundle "$bundle" --runs 48 --plain 1 --epochs 10 || echo "(not measured)"
else
  echo "(needs a bundle with runs of rw)"
fi

if [ -d "$bundle" ]; then
  echo "== the jobs of $bundle for at most $seconds s"
  timeout "$seconds" "$python" -m tailmark.training "$bundle" --device cuda
  if [ -n "$results" ]; then
    mkdir -p "$results" "$bundle/runs" "$bundle/models"
    tar czf - -C "$bundle" runs models | split -b 15m - "$results/done.tgz."
  fi
else
  echo "== no bundle at $bundle: nothing to train"
fi
