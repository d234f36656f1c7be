#!/usr/bin/env bash
# Runs the tests, in the same .venv as run_all.sh: ./run_tests.sh [pytest arguments]
# A file's tests run in one process, and as many files at a time as there are cores (-n 0: all in this process, for a debugger).
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"  # sh run_tests.sh
set -euo pipefail
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/scripts/environment.sh"

set_up_environment --dev
exec .venv/bin/python -m pytest --numprocesses logical --maxprocesses 8 --dist loadfile "$@"
