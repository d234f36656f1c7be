"""The command line: ``python -m thesis_gan COMMAND``, or ``thesis-gan COMMAND``.

Each command's arguments and what it does stand together in a file of this folder. MXNet and NumPy are imported when a command
runs, not before: they read the number of threads when they are imported.
"""

import contextlib
import os
import signal
import sys
from typing import Iterator, List, Optional

from thesis_gan import __version__
from thesis_gan.cli import data, evaluate, everything, export, methods, outputs, pictures, studies, train
from thesis_gan.cli.arguments import Parser
from thesis_gan.errors import NoPlace, UserError
from thesis_gan.start import prepare

# In the order of `thesis-gan --help`. The add_to(commands) of each adds its commands, with their arguments and their help.
PARTS = (everything, methods, train, pictures, export, evaluate, outputs, studies, data)


def main(arguments: Optional[List[str]] = None) -> int:
    """Run one command. Returns the exit status: 0, 1 if something asked for was not produced, 2 for a user's mistake."""
    options = None
    if arguments is None:
        prepare()
    try:
        with _terminated_like_interrupted():
            options = _parser().parse_args(arguments)
            if hasattr(options, "complete"):  # by what a file of settings says
                options.complete(options)
            threads = getattr(options, "threads", None)
            if threads is not None:
                os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(threads)
            status = options.run(options) or 0
            sys.stdout.flush()
            return status
    except NoPlace as error:
        other = next((f", or choose another --{name}" for name in ("output", "json") if hasattr(options, name)), "")
        return _complain(f"{str(error)[:-1]}{other}.")
    except (UserError, ImportError) as error:
        return _complain(str(error))
    except BrokenPipeError:  # who read the output (less, head) has seen enough; nor is there one for what is still buffered
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if _stdout_is_lost():
            return _complain(f"Standard output cannot be written ({error.strerror}); what it would have said is lost.")
        what = error.filename or "Standard output or a file"
        return _complain(f"{what} cannot be used ({error.strerror or error}); name another file or folder.")
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "Failed to allocate" not in str(error):  # by which MXNet says it
            raise
        return _complain("There is too little memory for this; ask for fewer or smaller images.")
    except KeyboardInterrupt:
        print(f"\nStopped; {getattr(options, 'stopped', 'the same command starts anew')}.", file=sys.stderr)
        return 128 + signal.SIGINT


def _parser() -> Parser:
    parser = Parser(prog="thesis-gan", description="From GAN to WGAN-GP, reproduced in MXNet Gluon.")
    parser.add_argument("--version", action="version", version=f"thesis-gan {__version__}")
    parser.set_defaults(run=lambda options: parser.print_help())
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for part in PARTS:
        part.add_to(commands)
    return parser


def _stdout_is_lost() -> bool:
    """Whether what is printed cannot be written (a full disk); then the rest of it is dropped."""
    try:
        sys.stdout.flush()
        return False
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return True


def _complain(sentence: str) -> int:
    print(f"thesis-gan: {sentence}", file=sys.stderr)
    return 2


@contextlib.contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """A termination signal is taken like Ctrl-C: trainings end with a checkpoint, and a sentence says how to go on."""
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
