"""One thread, as the stored results were made, before MXNet is imported; a cache of the tests' own; signals as at a terminal."""

import os
import signal
import tempfile

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

_cache = tempfile.TemporaryDirectory(prefix="thesis-gan-tests-")
os.environ["THESIS_GAN_CACHE"] = _cache.name

# Started with nohup or in a script's background these are ignored, by all processes that the tests start and then stop as well.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_configure(config):
    config.option.loadscopereorder = False  # pytest-xdist would begin with the files of most tests


def pytest_collection_modifyitems(items):
    """Files that take long come first, so that none of them is left for one core at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
