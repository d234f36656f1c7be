#!/usr/bin/env bash
# Step times of ours and of a PyTorch twin, side by side: benchmarks/steps/run.sh [options of step_times.py]
# Makes an environment of its own for PyTorch, unless one is named: --torch-python /path/to/python
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../beside_pytorch.sh"

run_beside_pytorch benchmarks/steps/step_times.py "$@"
