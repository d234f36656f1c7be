# Sourced by run_all.sh and run_tests.sh: goes to the repository root and defines set_up_environment.

CDPATH='' cd -- "${BASH_SOURCE[0]%/*}/.."

# A stream that the caller has closed would be taken by the next file that is opened, and what is printed go into that file.
: >&2 || exec 2>/dev/null
{ : <&0; } 2>/dev/null || exec </dev/null
{ : >&1; } 2>/dev/null || exec >/dev/null

# Set for another Python's packages, these would be searched before those in .venv, or its modules not be found.
unset PYTHONHOME PYTHONPATH PYTHONSAFEPATH
# After each program, Python would ask for more.
unset PYTHONINSPECT
# Meant for other programs: MXNet cannot be imported without docstrings, nor where a warning is an error.
unset PYTHONOPTIMIZE PYTHONWARNINGS

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
    local candidate answer status untried='' unsuitable='' broken=''
    if [ -n "${PYTHON:-}" ]; then
        status=0
        answer=$("$PYTHON" -c "$python_check" 2>/dev/null) || status=$?
        case $status in
            0 | 3) echo "$PYTHON"; return ;;
            2) refuse "PYTHON=$PYTHON $answer" ;;
            *) refuse "PYTHON=$PYTHON cannot be started ($(named_error "$PYTHON"))" ;;
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
            126 | 127) ;;
            *) broken=${broken:-"$candidate cannot be started ($(named_error "$candidate"))"} ;;
        esac
    done
    if [ -n "$untried" ]; then
        echo "$untried"
    elif [ -n "$unsuitable" ]; then
        refuse "No suitable Python: $unsuitable"
    elif [ -n "$broken" ]; then
        refuse "No suitable Python: $broken"
    elif ! command -v apt-get >/dev/null; then
        refuse "No Python found: CPython 3.8 to 3.13 is needed"
    elif [ "$(id -u)" != 0 ]; then
        refuse "No Python found: install one with: sudo apt-get update && sudo apt-get install python3 python3-venv libgomp1 libquadmath0"
    else
        echo "No Python found. Installing python3 and python3-venv with apt-get ..." >&2
        { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends python3 python3-venv; } \
            </dev/null >&2 || refuse "apt-get could not install python3"
        hash -r
        command -v python3
    fi
}

# The error that a Python names that cannot be started, or what the shell says of it.
named_error() {
    local said
    said=$("$1" -c '' 2>&1) || true
    printf '%s\n' "$said" | grep rror | tail -n 1 || printf '%s\n' "${said##*: }"
}

set_up_environment() {
    local python
    python=$(find_python)
    "$python" scripts/environment.py "$@"
}
