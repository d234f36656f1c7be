#!/usr/bin/env bash
# Reproduces the thesis: sets up .venv, then trains, scores, draws and tabulates. Run again, it resumes.
#
#   ./run_all.sh [--profile smoke|quick|standard|thesis|s1-quick|s1|collapse|faces-quick|faces|s2] [--data NAME|PATH] [--methods a,b,…]
#                [--seeds N] [--output DIR] [--device auto|cpu|gpu] [--jobs N | --dask WHERE] [--set KEY=VALUE] [--config FILE]
#                [--tensorboard DIR]
#   ./run_all.sh --help            all options
#   ./run_all.sh setup             only the environment and the data
#   ./run_all.sh setup --gpu       the same with MXNet's GPU build (NVIDIA, Linux); asks before it downloads gigabytes, --yes answers;
#   ./run_all.sh setup --cpu       later starts keep that build, until this one goes back
#   ./run_all.sh setup --export       also what `thesis-gan export` to ONNX needs
#   ./run_all.sh setup --faces        also what draws the faces (Python 3.10 or newer)
#   ./run_all.sh setup --tensorboard  also what --tensorboard needs
#   ./run_all.sh setup --dask         also what --dask needs: runs on several machines (docs/cluster.md)
#
# PYTHON=/path/to/python3.12 ./run_all.sh chooses the Python; relative paths count from the repository.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"  # sh run_all.sh
set -euo pipefail
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/scripts/environment.sh"

if [ "${1:-}" = setup ]; then
    shift
    set_up_environment "$@"
    exec .venv/bin/python -m thesis_gan verify-data
fi
set_up_environment
exec .venv/bin/python -m thesis_gan all "$@"
