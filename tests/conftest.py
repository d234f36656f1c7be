"""One thread, as the stored results were made; set before MXNet is imported."""

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
