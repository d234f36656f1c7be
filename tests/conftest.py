"""One thread, as the stored results were made, set before MXNet is imported; and a cache of the tests' own."""

import os
import tempfile

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

_cache = tempfile.TemporaryDirectory(prefix="thesis-gan-tests-")
os.environ["THESIS_GAN_CACHE"] = _cache.name
