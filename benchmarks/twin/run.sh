#!/usr/bin/env bash
# Ours against a PyTorch twin trained by the same settings: benchmarks/twin/run.sh [options of compare.py]
# Makes an environment of its own for PyTorch, unless one is named: --torch-python /path/to/python
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../beside_pytorch.sh"

run_beside_pytorch benchmarks/twin/compare.py "$@"
