# Sourced by what is measured beside PyTorch. run_beside_pytorch SCRIPT [options]: runs SCRIPT by our Python, and tells it by
# --torch-python of one that has PyTorch, for which it makes an environment of its own unless the options name one.
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/environment.sh"

run_beside_pytorch() {
    local script=$1 steps=benchmarks/steps
    shift
    set_up_environment
    case " $*" in
        *" --torch-python"* | *" --help"* | *" -h"*) exec .venv/bin/python "$script" "$@" ;;
    esac
    if ! cmp -s "$steps/requirements.txt" "$steps/.venv/installed"; then
        "$(find_python)" -m venv --clear "$steps/.venv"
        "$steps/.venv/bin/python" -m pip install --quiet --requirement "$steps/requirements.txt"
        cp "$steps/requirements.txt" "$steps/.venv/installed"
    fi
    exec .venv/bin/python "$script" --torch-python "$steps/.venv/bin/python" "$@"
}
