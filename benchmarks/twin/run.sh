#!/usr/bin/env bash
# Ours against a PyTorch twin trained by the same settings: benchmarks/twin/run.sh [options of compare.py]
# --torch-python PYTHON takes a Python that has PyTorch; without it, an environment is made as benchmarks/steps/run.sh makes it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/environment.sh"

set_up_environment
case " $* " in
    *" --torch-python "*) exec .venv/bin/python benchmarks/twin/compare.py "$@" ;;
esac
if ! cmp -s benchmarks/steps/requirements.txt benchmarks/steps/.venv/installed; then
    "$(find_python)" -m venv --clear benchmarks/steps/.venv
    benchmarks/steps/.venv/bin/python -m pip install --quiet --requirement benchmarks/steps/requirements.txt
    cp benchmarks/steps/requirements.txt benchmarks/steps/.venv/installed
fi
exec .venv/bin/python benchmarks/twin/compare.py --torch-python benchmarks/steps/.venv/bin/python "$@"
