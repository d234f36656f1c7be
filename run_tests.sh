#!/usr/bin/env bash
# Runs the tests, in the same .venv as run_all.sh: ./run_tests.sh [pytest arguments]
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/scripts/environment.sh"

set_up_environment --dev
exec .venv/bin/python -m pytest "$@"
