#!/usr/bin/env bash
# Step times of ours and of a PyTorch twin, side by side: benchmarks/steps/run.sh [options of step_times.py]
# Makes an environment of its own for PyTorch, unless one is named: --torch-python /path/to/python
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/environment.sh"

set_up_environment
case " $*" in
    *" --torch-python"* | *" --help"* | *" -h"*) exec .venv/bin/python benchmarks/steps/step_times.py "$@" ;;
esac
if ! cmp -s benchmarks/steps/requirements.txt benchmarks/steps/.venv/installed; then
    "$(find_python)" -m venv --clear benchmarks/steps/.venv
    benchmarks/steps/.venv/bin/python -m pip install --quiet --requirement benchmarks/steps/requirements.txt
    cp benchmarks/steps/requirements.txt benchmarks/steps/.venv/installed
fi
exec .venv/bin/python benchmarks/steps/step_times.py --torch-python benchmarks/steps/.venv/bin/python "$@"
