"""Everything: trains what is missing, several runs side by side, then makes the table, the figures and the report."""

import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Dict, Optional, Sequence

from thesis_gan import files
from thesis_gan.comparison import images, points
from thesis_gan.errors import Damaged, UserError
from thesis_gan.lock import hold
from thesis_gan.profiles import PROFILES
from thesis_gan.reproduction import other_data, report, table1, thesis_figures
from thesis_gan.reproduction.claims import page as claims
from thesis_gan.reproduction.plan import PlannedRun, plan
from thesis_gan.reproduction.processes import THREADS, Trainings
from thesis_gan.reproduction.studies.registry import EXPERIMENTS, Experiment
from thesis_gan.reproduction.thesis_results import ThesisResults, on_mnist
from thesis_gan.runs.find import Results
from thesis_gan.runs.run import FINISHED, Run
from thesis_gan.runs.train import describe, refuse_another
from thesis_gan.training.event_file import import_tensorboardx


def run_all(
    profile: str,
    method_names: Sequence[str],
    seeds: int,
    output: Path,
    device: str,
    jobs: int,
    tensorboard: Optional[Path] = None,
    overrides: Sequence[str] = (),
) -> int:
    """Make every output of ``profile`` in ``output`` and print Table 1. Returns 0, or 1 if a row could not be made.

    overrides: settings of the runs that are not the profile's, as with --set.

    A run that fails is named with the reason, and the others go on. Raises UserError if ``output`` holds runs of other
    settings, if another process works there, or if the data cannot be had; ImportError if ``tensorboard``, a folder for the
    runs' events, is given and tensorboardX is not installed.
    """
    if tensorboard is not None:
        import_tensorboardx()
    runs = plan(profile, method_names, seeds, output, overrides)
    with hold(output):
        for folder in (output, output / "figures"):
            files.sweep(folder)
        failures = _make(runs, profile, output, device, jobs, tensorboard)
    for name, why in failures.items():
        print(f"{name} failed: {why}", file=sys.stderr)
    return 1 if failures else 0


def _make(
    runs: Sequence[PlannedRun], profile: str, output: Path, device: str, jobs: int, tensorboard: Optional[Path]
) -> Dict[str, str]:
    done = [run for run in runs if _is_done(run, profile)]
    if done:
        print(f"{len(done)} of {len(runs)} runs are done already in {output}.")
    failures = _write_events(done, tensorboard)
    wanted = EXPERIMENTS if PROFILES[profile].experiments else ()
    missing = [experiment for experiment in wanted if not experiment.is_made(output)]
    failures.update(_train([run for run in runs if run not in done], missing, profile, output, device, jobs, tensorboard))
    scored = []
    for planned in runs:
        try:
            run = Run(planned.folder)
            run.verify()
        except UserError as error:
            failures.setdefault(planned.folder.name, str(error))
            continue
        scored.append(run)
        if run.metrics["status"] != FINISHED:
            failures[run.name] = run.metrics["status"]
    if any(run.in_table for run in scored):
        print("Making the table, the figures and the report ...", flush=True)
        try:
            print("\n" + write_tables(output) + "\n")
            report_html = output / "report.html"
            seen = f"Table, figures and report are in {output}; open {report_html} to see them all."
            print(seen if report_html.exists() else f"The table is in {output}.")
        except UserError as error:
            failures["What is made of the runs"] = str(error)
    return failures


def _is_done(run: PlannedRun, profile: str) -> bool:
    config, _ = describe(run.method, profile, run.seed, run.overrides, THREADS)
    try:
        return refuse_another(run.folder, config) and Run(run.folder).complete
    except Damaged:  # its training will say so, and be one failure among the others
        return False


def _write_events(runs: Sequence[PlannedRun], tensorboard: Optional[Path]) -> Dict[str, str]:
    """Write the events of finished runs, which no training of theirs writes now. Returns why, by name, where one failed."""
    failures = {}
    for run in runs if tensorboard is not None else ():
        try:
            Run(run.folder).write_events(tensorboard)
        except UserError as error:
            failures[run.folder.name] = str(error)
    return failures


def _train(
    runs: Sequence[PlannedRun],
    experiments: Sequence[Experiment],
    profile: str,
    output: Path,
    device: str,
    jobs: int,
    tensorboard: Optional[Path],
) -> Dict[str, str]:
    """Make each run and each experiment in a process of its own, ``jobs`` at a time. Returns why, by name, where one failed."""
    if not runs and not experiments:
        return {}
    jobs = min(jobs, len(runs) + len(experiments))
    also = ", ".join(experiment.command for experiment in experiments)
    print(f"{len(runs)} runs to train{also and f' and experiments ({also})'}, {jobs} side by side, one thread each.", flush=True)
    trainings = Trainings(profile, device, tensorboard, sum(run.generator_steps for run in runs))
    # Told to end, this process ends its trainings as Ctrl-C does; each writes a checkpoint.
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with ThreadPoolExecutor(jobs) as pool:
            try:
                waiting = [pool.submit(trainings.run, run) for run in runs]
                waiting += [pool.submit(trainings.experiment, experiment, output) for experiment in experiments]
                for future in waiting:
                    future.result()
            except KeyboardInterrupt:
                trainings.stop()
                raise
    finally:
        trainings.display.close()
        signal.signal(signal.SIGTERM, previous)
    return trainings.failures


def write_tables(folder: Path) -> str:
    """Make what there is to be made of the finished runs in ``folder``: the thesis's outputs of those on MNIST, and what there
    is of those on other images and on points. Returns the tables as text."""
    results = Results(folder)
    texts = [write_outputs(ThesisResults(folder))] if any(map(on_mnist, results.runs)) else []
    if results.images and not texts:
        texts.append(other_data.write(folder, results.images))
    if results.points:
        texts.append(points.write(results).markdown)
    return "\n".join(texts)


def write_outputs(results: ThesisResults) -> str:
    """Make every output of ``results``; returns Table 1, and the comparison where one is wanted, as text."""
    table = table1.write(results)
    thesis_figures.write(results)
    compares = images.is_wanted(results) or (results.folder / "comparison.md").exists()  # made once, it is kept up
    comparison = images.write(results) if compares else None
    report.write(results, table, claims.write(results), comparison)
    return "\n".join(page.markdown for page in (table, comparison) if page is not None)
