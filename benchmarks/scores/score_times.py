"""Time and memory of the scores of 50,000 against 50,000 images with 2,048 features, ours and torch-fidelity's, in one run.

    python3.11 -m venv ~/fidelity && ~/fidelity/bin/pip install -r benchmarks/fidelity/requirements.txt
    python benchmarks/scores/score_times.py --torch-python ~/fidelity/bin/python > benchmarks/scores/RESULT.md

The features are drawn, so no network is needed: 2,048 numbers >= 0 that vary with 40 hidden ones, a little noise on top, as those
of pictures do. Each score is computed by a process of its own, one after another; its time leaves out imports and the reading of
the features, its memory (the largest resident set) has both in it. Prints Markdown. PyTorch's CPU build is enough.
"""

import argparse
import ctypes
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, List, Tuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peak import peak

SCORES = ("precision, recall, density, coverage", "KID", "FID", "FID, reference known")
DIGITS = 6
NOTE = """torch-fidelity has no density and coverage: its time is that of precision and recall alone. It takes them in float32,
so that samples at a ball's edge may fall on the other side; `save_cpu_ram` is on, or it would hold all distances at once."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--torch-python", help="a Python with torch-fidelity; without it only ours are timed")
    parser.add_argument("--count", type=int, default=50000)
    parser.add_argument("--features", type=int, default=2048)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--turns", type=int, default=1, help="how often each is timed; the median counts")
    parser.add_argument("--scores", nargs="+", choices=SCORES, default=SCORES)
    parser.add_argument("--worker", nargs=2, metavar=("WHO", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        who, folder = options.worker
        print(json.dumps({"ours": ours, "theirs": theirs}[who](options.scores[0], Path(folder))))
        return
    pythons = {"ours": sys.executable}
    if options.torch_python:
        pythons["theirs"] = options.torch_python
    with tempfile.TemporaryDirectory() as folder:
        for seed, name in enumerate(("generated", "real")):
            np.save(str(Path(folder) / f"{name}.npy"), drawn_features(options.count, options.features, seed))
        load = [os.getloadavg()[0]]
        measured = {score: in_turn(pythons, score, folder, options) for score in options.scores}
        load.append(os.getloadavg()[0])
    print(as_markdown(measured, options, load))


def drawn_features(count: int, size: int, seed: int) -> np.ndarray:
    """float32 (count, size), >= 0."""
    mixing = np.random.RandomState(99).normal(0, 0.3, (40, size)).astype(np.float32)
    random, parts = np.random.RandomState(seed), []
    for start in range(0, count, 1000):
        hidden = random.standard_normal((min(1000, count - start), 40)).astype(np.float32)
        noise = random.standard_normal((len(hidden), size)).astype(np.float32)
        parts.append(np.maximum(0, np.tanh(hidden @ mixing) + np.float32(0.15) * noise))
    return np.concatenate(parts)


def in_turn(pythons: Dict[str, str], score: str, folder: str, options: argparse.Namespace) -> Dict[str, Any]:
    """{who: what its worker says, with the median times}."""
    threads = str(options.threads)
    environment = {**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
    runs: Dict[str, List[Dict[str, Any]]] = {who: [] for who in pythons}
    for _ in range(options.turns):
        for who, python in pythons.items():
            command = [python, __file__, "--scores", score, "--worker", who, folder]
            result = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
            runs[who].append(json.loads(result.stdout.splitlines()[-1]))
            said = f"{runs[who][-1]['seconds']:.1f} s, {runs[who][-1]['cpu']:.1f} s of processors, load {os.getloadavg()[0]:.1f}"
            print(f"{who}: {score}: {said}", file=sys.stderr, flush=True)
    return {
        who: {**found[-1], **{name: statistics.median(run[name] for run in found) for name in ("seconds", "cpu")}}
        for who, found in runs.items()
    }


def ours(score: str, folder: Path) -> Dict[str, Any]:
    """Seconds, MiB, values and the kernel of this package's ``score``."""
    from thesis_gan.metrics.frechet import frechet_distance, gaussian
    from thesis_gan.metrics.kernel import kernel_distance
    from thesis_gan.metrics.manifold import manifold_scores

    generated, real = features_in(folder)
    reference = gaussian(real) if score == "FID, reference known" else None
    began = time.perf_counter(), time.process_time()
    if score.startswith("precision"):
        values = manifold_scores(generated, real)
    elif score == "KID":
        mean, deviation = kernel_distance(generated, real)
        values = {"kernel_inception_distance_mean": mean, "kernel_inception_distance_std": deviation}
    else:
        values = {"frechet_inception_distance": frechet_distance(gaussian(generated), reference or gaussian(real))}
    return {**result_of(began, values), "software": f"NumPy {np.__version__}, {openblas()}"}


def theirs(score: str, folder: Path) -> Dict[str, Any]:
    """Seconds, MiB, values and versions of torch-fidelity's ``score``."""
    import torch
    import torch_fidelity
    from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
    from torch_fidelity.metric_kid import kid_features_to_metric
    from torch_fidelity.metric_prc import prc_features_to_metric

    software = f"torch-fidelity {torch_fidelity.__version__}, PyTorch {torch.__version__}, NumPy {np.__version__}, {openblas()}"
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    generated, real = (torch.from_numpy(features) for features in features_in(folder))
    reference = fid_features_to_statistics(real) if score == "FID, reference known" else None
    began = time.perf_counter(), time.process_time()
    if score.startswith("precision"):
        values = prc_features_to_metric(generated, real, verbose=False, save_cpu_ram=True)
    elif score == "KID":
        values = kid_features_to_metric(generated, real, verbose=False)
    else:
        known = reference or fid_features_to_statistics(real)
        values = fid_statistics_to_metric(fid_features_to_statistics(generated), known, verbose=False)
    return {**result_of(began, values), "software": software}


def features_in(folder: Path) -> List[np.ndarray]:
    return [np.load(str(folder / f"{name}.npy")) for name in ("generated", "real")]


def result_of(began: Tuple[float, float], values: Dict[str, float]) -> Dict[str, Any]:
    seconds, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
    return {"seconds": seconds, "cpu": cpu, "peak": peak(), "values": {name: float(value) for name, value in values.items()}}


def openblas() -> str:
    """Which of OpenBLAS's kernels NumPy runs."""
    maps = Path("/proc/self/maps")
    libraries = {line.split()[-1] for line in maps.read_text().splitlines() if "openblas" in line} if maps.exists() else set()
    for library in sorted(libraries):
        for name in ("scipy_openblas_get_corename64_", "openblas_get_corename64_", "openblas_get_corename"):
            function = getattr(ctypes.CDLL(library), name, None)
            if function and "numpy" in library:
                function.restype = ctypes.c_char_p
                return f"OpenBLAS kernel {function().decode()}"
    return "no OpenBLAS"


def as_markdown(measured: Dict[str, Dict[str, Any]], options: argparse.Namespace, load: List[float]) -> str:
    from thesis_gan import processor  # not at the top: torch-fidelity's Python, which has no thesis_gan, runs this file too

    sizes = f"{options.count:,} against {options.count:,} features of {options.features:,} numbers, float32"
    software = {who: result["software"] for who, result in next(iter(measured.values())).items()}
    lines = [
        "# Scores of many images",
        "",
        f"Made by `score_times.py` on {processor.name()}, {options.threads} threads: {sizes}.",
        f"Load average before and after: {load[0]:.1f}, {load[1]:.1f}. {NOTE}",
        "",
        *(f"- {who}: {text}" for who, text in software.items()),
        "",
        "*of processors* is their time together; on a machine that does other things too it says more.",
        "",
        "| score | ours | of processors | memory | torch-fidelity | of processors | memory |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for score, result in measured.items():
        found = [result[who] for who in software]
        cells = [f"{one['seconds']:.1f} s | {one['cpu']:.1f} s | {one['peak']:,.0f} MiB" for one in found]
        lines.append(f"| {score} | {' | '.join(cells)}{' | – | – | –' * (2 - len(cells))} |")
    lines += ["", "| value | ours | torch-fidelity |", "|---|---:|---:|"]
    for score, result in measured.items():
        for name, value in result["ours"]["values"].items():
            other = result.get("theirs", {}).get("values", {}).get(name)
            if "known" not in score:
                lines.append(f"| {name} | {value:.{DIGITS}g} | {'–' if other is None else f'{other:.{DIGITS}g}'} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
