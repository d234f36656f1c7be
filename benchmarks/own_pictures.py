"""Memory and time of a training on very many pictures of one's own, from an .npy and an .npz: decoded once, then mapped.

    .venv/bin/python benchmarks/own_pictures.py --count 200000

The pictures are noise, 64x64 in colour; the training is short and narrow, so that the numbers are those of the pictures. Needs
about three times their size on the disk (2.3 GiB for 200,000). Prints Markdown: the largest memory of the process's own, until
the training ends and with the scores that follow; and with the pages of files that it has mapped, which the system takes back
when it needs them.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Dict, Tuple

import numpy as np

SETTINGS = ("generator_steps=20", "width=4", "num_samples=1000", "image_size=64")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200_000)
    count = parser.parse_args().count
    print("| pictures | file | first training | again | memory, training | with the scores | with mapped pages |")
    print("|---:|---|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for file in (Path(folder) / "pictures.npy", Path(folder) / "pictures.npz"):
            write(file, count)
            environment = {**os.environ, "THESIS_GAN_CACHE": f"{folder}/cache-{file.suffix}", "OMP_NUM_THREADS": "1"}
            (first, *memory), (again, *_) = (train(file, Path(folder), turn, environment) for turn in ("first", "again"))
            cells = " | ".join(f"{size:.0f} MiB" for size in memory)
            print(f"| {count:,} | {file.suffix} | {first:.0f} s | {again:.0f} s | {cells} |", flush=True)
            file.unlink()


def write(file: Path, count: int) -> None:
    array = file.with_name("arr_0.npy")
    images = np.lib.format.open_memmap(str(array), "w+", np.uint8, (count, 64, 64, 3))
    random = np.random.RandomState(0)
    for start in range(0, count, 1000):
        images[start : start + 1000] = random.randint(0, 256, images[start : start + 1000].shape, np.uint8)
    images.flush()
    if file.suffix == ".npy":
        array.rename(file)
        return
    np.savez(str(file), images)
    array.unlink()


def train(file: Path, folder: Path, turn: str, environment: Dict[str, str]) -> Tuple[float, float, float, float]:
    """Seconds, and the largest MiB: of the process's own until the training ends, and until the end; of all in memory."""
    output = folder / f"{turn}{file.suffix}"
    command = [sys.executable, "-m", "thesis_gan", "train", "dcgan", "--output", str(output)]
    for setting in (f"data={file}", *SETTINGS):
        command += ["--set", setting]
    began, training, own, mapped = time.perf_counter(), 0, 0, 0
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            try:
                lines = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8").splitlines()
            except OSError:
                break
            held = dict(line.split(":", 1) for line in lines)
            own = max(own, int(held.get("RssAnon", "0 kB").split()[0]))
            if not (output / "generator.params").exists():
                training = own
            mapped = max(mapped, int(held.get("VmRSS", "0 kB").split()[0]))
            time.sleep(0.05)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    return time.perf_counter() - began, training / 1024, own / 1024, mapped / 1024


if __name__ == "__main__":
    main()
