"""Everything: trains what is missing, several runs side by side, then makes the table, the figures and the report."""

import contextlib
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
from thesis_gan.reproduction import cluster, other_data, report, table1, thesis_figures
from thesis_gan.reproduction.board import Board, making
from thesis_gan.reproduction.claims import page as claims
from thesis_gan.reproduction.estimate import Job
from thesis_gan.reproduction.plan import PlannedRun, plan
from thesis_gan.reproduction.processes import THREADS, Trainings
from thesis_gan.reproduction.studies.registry import EXPERIMENTS, Experiment
from thesis_gan.reproduction.thesis_results import ThesisResults, on_mnist
from thesis_gan.runs.find import Results
from thesis_gan.runs.run import FINISHED, Run
from thesis_gan.runs.train import describe, refuse_another, started_precision
from thesis_gan.training.budget import Budget
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
    dask: Optional[str] = None,
) -> int:
    """Make every output of ``profile`` in ``output`` and print Table 1. Returns 0, or 1 if a row could not be made.

    overrides: settings of the runs that are not the profile's, as with --set.

    A run that fails is named with the reason, and the others go on. Raises UserError if ``output`` holds runs of other
    settings, if another process works there, or if the data cannot be had; ImportError if ``tensorboard``, a folder for the
    runs' events, is given and tensorboardX is not installed.  dask: trains on the workers there, instead of ``jobs`` at a time
    here; see cluster.py.
    """
    if tensorboard is not None:
        import_tensorboardx()
    if dask is not None:
        cluster.import_distributed()
    runs = plan(profile, method_names, seeds, output, overrides)
    with hold(output):
        for folder in (output, output / "figures"):
            files.sweep(folder)
        failures = _make(runs, profile, output, device, jobs, tensorboard, dask)
    for name, why in failures.items():
        print(f"{name} failed: {why}", file=sys.stderr)
    return 1 if failures else 0


def _make(
    runs: Sequence[PlannedRun],
    profile: str,
    output: Path,
    device: str,
    jobs: int,
    tensorboard: Optional[Path],
    dask: Optional[str],
) -> Dict[str, str]:
    done = [run for run in runs if _is_done(run, profile)]
    if done:
        print(f"{len(done)} of {len(runs)} runs are done already in {output}.")
    failures = _write_events(done, tensorboard)
    wanted = EXPERIMENTS if PROFILES[profile].experiments else ()
    missing = [experiment for experiment in wanted if not experiment.is_made(output)]
    failures.update(_train(runs, done, missing, profile, output, device, jobs, tensorboard, dask))
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
        try:
            print("\n" + write_tables(output) + "\n")
            report_html = output / "report.html"
            seen = f"Table, figures and report are in {output}; open {report_html} to see them all."
            print(seen if report_html.exists() else f"The table is in {output}.")
        except UserError as error:
            failures["What is made of the runs"] = str(error)
    return failures


def _is_done(run: PlannedRun, profile: str) -> bool:
    try:
        config, _ = describe(run.method, profile, run.seed, run.overrides, THREADS, started_precision(run.folder))
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
    planned: Sequence[PlannedRun],
    done: Sequence[PlannedRun],
    experiments: Sequence[Experiment],
    profile: str,
    output: Path,
    device: str,
    jobs: int,
    tensorboard: Optional[Path],
    dask: Optional[str],
) -> Dict[str, str]:
    """Make each run that is not done and each experiment in a process of its own, ``jobs`` at a time, or where ``dask`` says.

    Returns why, by name, where one failed.
    """
    runs = [run for run in planned if run not in done]
    if not runs and not experiments:
        return {}
    todo = {run.folder.name: run.job for run in runs}
    todo.update((experiment.command, Job("", Budget(0, 0))) for experiment in experiments)
    jobs = min(jobs, len(todo))
    also = ", ".join(experiment.command for experiment in experiments)
    where = f"{jobs} side by side" if dask is None else f"by Dask ({dask})"
    print(f"{len(runs)} runs to train{also and f' and experiments ({also})'}, {where}, one thread each.", flush=True)
    with contextlib.ExitStack() as stack:
        # Told to end, this process ends its trainings as Ctrl-C does; each writes a checkpoint.
        stack.callback(signal.signal, signal.SIGTERM, signal.signal(signal.SIGTERM, signal.default_int_handler))
        client = None if dask is None else stack.enter_context(cluster.connected(dask))
        board = Board(todo, {run.folder.name: run.made(profile) for run in runs}, len(done), jobs)
        stack.callback(board.close)
        if client is None:
            return _side_by_side(Trainings(profile, device, tensorboard, board), runs, experiments, output, jobs)
        trainings = cluster.Cluster(client, profile, device, board, output)
        trainings.make(runs, experiments)
    return {
        **trainings.failures,
        **_write_events([run for run in runs if run.folder.name not in trainings.failures], tensorboard),
    }


def _side_by_side(
    trainings: Trainings, runs: Sequence[PlannedRun], experiments: Sequence[Experiment], output: Path, jobs: int
) -> Dict[str, str]:
    with ThreadPoolExecutor(jobs) as pool:
        try:
            waiting = [pool.submit(trainings.run, run) for run in runs]
            waiting += [pool.submit(trainings.experiment, experiment, output) for experiment in experiments]
            for future in waiting:
                future.result()
        except KeyboardInterrupt:
            trainings.stop()
            raise
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
    with making("the table"):
        table = table1.write(results)
    with making("the figures"):
        thesis_figures.write(results)
    comparison = None
    if images.is_wanted(results) or (results.folder / "comparison.md").exists():  # made once, it is kept up
        with making("the comparison"):
            comparison = images.write(results)
    with making("the verdicts on the claims"):
        judged = claims.write(results)
    with making("the report"):
        report.write(results, table, judged, comparison)
    return "\n".join(page.markdown for page in (table, comparison) if page is not None)
