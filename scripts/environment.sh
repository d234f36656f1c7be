# Sourced by run_all.sh and run_tests.sh: goes to the repository root and defines set_up_environment. Written for bash 3.2 (macOS).

CDPATH='' cd -- "${BASH_SOURCE[0]%/*}/.."

# Set for another Python's packages, these would be searched before those in .venv.
unset PYTHONHOME PYTHONPATH

# Runs on any Python, 2 included. Status 0: suitable; 3: newer than what was tried; 2: unsuitable, and prints why.
python_check='
import platform, sys
name = "%s %d.%d" % ((platform.python_implementation(),) + tuple(sys.version_info[:2]))
reason = None
if platform.python_implementation() != "CPython" or sys.version_info < (3, 8):
    reason = "is %s, and MXNet needs CPython 3.8 or newer" % name
elif sys.maxsize < 2**32:
    reason = "is a 32-bit program, and MXNet needs a 64-bit Python"
elif platform.machine().lower() not in ("x86_64", "amd64"):
    reason = "runs on a processor of type %s, and MXNet 1.9.1 exists for x86-64 only" % platform.machine()
if reason:
    print(reason)
    sys.exit(2)
sys.exit(3 if sys.version_info >= (3, 14) else 0)
'

refuse() {
    echo "$1; name a suitable one as in: PYTHON=/path/to/python3.11 ./${0##*/}" >&2
    exit 2
}

# Prints the Python to use: $PYTHON, else the one .venv was made with, else the first suitable one of the usual names.
find_python() {
    local candidate answer status untried='' unsuitable=''
    if [ -n "${PYTHON:-}" ]; then
        status=0
        answer=$("$PYTHON" -c "$python_check" 2>/dev/null) || status=$?
        case $status in
            0 | 3) echo "$PYTHON"; return ;;
            2) refuse "PYTHON=$PYTHON $answer" ;;
            *) refuse "PYTHON=$PYTHON cannot be started" ;;
        esac
    fi
    for candidate in "$(cat .venv/made-with 2>/dev/null || true)" \
        python3 python3.13 python3.12 python3.11 python3.10 python3.9 python3.8; do
        status=0
        answer=$("$candidate" -c "$python_check" 2>/dev/null) || status=$?
        case $status in
            0) echo "$candidate"; return ;;
            3) untried=${untried:-$candidate} ;;
            2) unsuitable=${unsuitable:-"$candidate $answer"} ;;
        esac
    done
    if [ -n "$untried" ]; then
        echo "$untried"
    elif [ -n "$unsuitable" ]; then
        refuse "No suitable Python: $unsuitable"
    else
        refuse "No Python found: CPython 3.8 to 3.13 is needed"
    fi
}

set_up_environment() {
    local python
    python=$(find_python)
    "$python" scripts/environment.py "$@"
}
