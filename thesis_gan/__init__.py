"""Reference reproduction of the 2018 coursework "From GAN to WGAN-GP" in MXNet Gluon.

The names in ``__all__`` are public: what else this package holds may move. They are explained in ``thesis_gan/api.py`` and used
in ``notebooks/tour.ipynb``. Importing this package imports neither MXNet nor NumPy: both read the number of threads when they are
imported, and so they wait until there is something to compute.
"""

from typing import TYPE_CHECKING, Any, List

if TYPE_CHECKING:
    from thesis_gan.api import evaluate, load_run, method_names, sample, train
    from thesis_gan.errors import UserError
    from thesis_gan.runs.run import Run

__version__ = "0.1.0"
__all__ = ["Run", "UserError", "evaluate", "load_run", "method_names", "sample", "train"]


def __getattr__(attribute: str) -> Any:
    if attribute not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {attribute!r}")
    from thesis_gan import api, errors

    if attribute == "Run":
        return api.run_class()
    return errors.UserError if attribute == "UserError" else getattr(api, attribute)


def __dir__() -> List[str]:
    return sorted({*globals(), *__all__})
