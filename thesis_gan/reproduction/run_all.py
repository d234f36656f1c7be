"""Everything: trains what is missing, several runs side by side, then makes the table, the figures and the report."""

import contextlib
import sys
from pathlib import Path
from typing import Dict, NamedTuple, Optional, Sequence

from thesis_gan import files
from thesis_gan.comparison import images, points
from thesis_gan.data.mnist import MNIST
from thesis_gan.data.picture_folder import named
from thesis_gan.errors import Damaged, UserError, say
from thesis_gan.lock import hold
from thesis_gan.profiles import PROFILES
from thesis_gan.reproduction import cluster, other_data, report, table1, thesis_figures, training_length
from thesis_gan.reproduction.board import Board, making
from thesis_gan.reproduction.claims import page as claims
from thesis_gan.reproduction.estimate import Job
from thesis_gan.reproduction.plan import PlannedRun, plan
from thesis_gan.reproduction.processes import THREADS, Trainings
from thesis_gan.reproduction.studies.registry import EXPERIMENTS, Experiment
from thesis_gan.reproduction.thesis_results import ThesisResults, on_mnist
from thesis_gan.runs import snapshots
from thesis_gan.runs.find import Results
from thesis_gan.runs.run import FINISHED, Run
from thesis_gan.runs.train import NO_SNAPSHOTS, describe, refuse_another, started_precision, without_snapshots
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
    work = Work(plan(profile, method_names, seeds, output, overrides), profile, output, device, jobs, tensorboard, dask)
    _refuse_beside_other_images(work.runs[0], profile, output)
    with hold(output):
        for folder in (output, output / "figures"):
            files.sweep(folder)
        failures = _make(work)
    for name, why in failures.items():
        print(f"{name} failed: {why}", file=sys.stderr)
    return 1 if failures else 0


def _refuse_beside_other_images(planned: PlannedRun, profile: str, output: Path) -> None:
    """Raises UserError, before anything is trained, if ``output`` holds results on other images than what is planned.

    What is made of a folder is of one set of images. Only results on MNIST bear runs on others: they leave them out.
    """
    config, settings = describe(planned.method, profile, planned.seed, planned.overrides, THREADS)
    there = {}
    for path in sorted(output.glob("runs/*/config.json")):
        with contextlib.suppress(UserError):  # what is damaged is named where it is to be shown
            run = Run(path.parent)
            if run.in_table and run.kind == "images":
                there[run.settings.data] = run.data.record()
    others = [name for name, record in there.items() if name != settings.data and record != config["data"]]
    is_image = len(config["data"]["shape"]) == 3
    if others and is_image and not (settings.data == MNIST.name and MNIST.name in there):
        raise UserError(
            f"{output} holds results on {' and '.join(others)}; name another folder with --output for those on {settings.data}."
        )


class Work(NamedTuple):
    """What is asked for: see :func:`run_all`. runs: all, those too that are done already."""

    runs: Sequence[PlannedRun]
    profile: str
    output: Path
    device: str
    jobs: int
    tensorboard: Optional[Path]
    dask: Optional[str]


def _make(work: Work) -> Dict[str, str]:
    done = [run for run in work.runs if _is_done(run, work.profile)]
    if done:
        print(f"{len(done)} of {len(work.runs)} runs are done already in {work.output}.")
        late = [run.folder.name for run in done if _without_snapshots(run, work.profile)]
        if late:
            say(NO_SNAPSHOTS.format(named(late)))
    failures = _write_events(done, work.tensorboard)
    wanted = EXPERIMENTS if PROFILES[work.profile].experiments else ()
    failures.update(_train(work, done, [experiment for experiment in wanted if not experiment.is_made(work.output)]))
    scored = []
    for planned in work.runs:
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
            print("\n" + write_tables(work.output) + "\n")
            report_html = work.output / "report.html"
            seen = f"Table, figures and report are in {work.output}; open {report_html} to see them all."
            print(seen if report_html.exists() else f"The table is in {work.output}.")
        except UserError as error:
            failures["What is made of the runs"] = str(error)
    return failures


def _is_done(run: PlannedRun, profile: str) -> bool:
    try:
        config, _ = describe(run.method, profile, run.seed, run.overrides, THREADS, started_precision(run.folder))
        return refuse_another(run.folder, config) and Run(run.folder).complete
    except Damaged:  # its training will say so, and be one failure among the others
        return False


def _without_snapshots(run: PlannedRun, profile: str) -> bool:
    _, settings = describe(run.method, profile, run.seed, run.overrides, THREADS, started_precision(run.folder))
    return without_snapshots(Run(run.folder), settings)


def _write_events(runs: Sequence[PlannedRun], tensorboard: Optional[Path]) -> Dict[str, str]:
    """Write the events of finished runs, which no training of theirs writes now. Returns why, by name, where one failed."""
    failures = {}
    for run in runs if tensorboard is not None else ():
        try:
            Run(run.folder).write_events(tensorboard)
        except UserError as error:
            failures[run.folder.name] = str(error)
    return failures


def _train(work: Work, done: Sequence[PlannedRun], experiments: Sequence[Experiment]) -> Dict[str, str]:
    """Make each run that is not done and each experiment in a process of its own, some at a time, or where ``work.dask`` says.

    Returns why, by name, where one failed.
    """
    runs = [run for run in work.runs if run not in done]
    if not runs and not experiments:
        return {}
    todo = {run.folder.name: run.job for run in runs}
    todo.update((experiment.command, Job("", Budget(0, 0))) for experiment in experiments)
    jobs = min(work.jobs, len(todo))
    also = ", ".join(experiment.command for experiment in experiments)
    where = f"{jobs} side by side" if work.dask is None else f"by Dask ({work.dask})"
    print(f"{len(runs)} runs to train{also and f' and experiments ({also})'}, {where}, one thread each.", flush=True)
    with contextlib.ExitStack() as stack:
        client = None if work.dask is None else stack.enter_context(cluster.connected(work.dask))
        board = Board(todo, {run.folder.name: run.made(work.profile) for run in runs}, len(done), jobs)
        stack.callback(board.close)
        if client is None:
            trainings = Trainings(work.profile, work.device, work.tensorboard, board)
            trainings.make(runs, experiments, work.output, jobs)
            return trainings.failures
        trainings = cluster.Cluster(client, work.profile, work.device, board, work.output)
        trainings.make(runs, [experiment for experiment in experiments if not experiment.alone])
        here = Trainings(work.profile, work.device, None, board)
        here.make([], [experiment for experiment in experiments if experiment.alone], work.output, 1)
        trainings.failures.update(here.failures)
    made = [run for run in runs if run.folder.name not in trainings.failures]
    return {**trainings.failures, **_write_events(made, work.tensorboard)}


def write_tables(folder: Path) -> str:
    """Make what there is to be made of the finished runs in ``folder``: the thesis's outputs of those on MNIST, and what there
    is of those on other images and on points. Returns the tables as text."""
    results = Results(folder)
    texts = [write_outputs(ThesisResults(folder))] if any(map(on_mnist, results.runs)) else []
    if results.images and not texts:
        texts.append(other_data.write(results))
    if results.points:
        texts.append(points.write(results).markdown)
    return "\n".join(texts)


def write_outputs(results: ThesisResults) -> str:
    """Make every output of ``results``; returns Table 1, and the comparison where one is wanted, as text."""
    snapshots.score(list(results.finished.values()))
    with making("the table"):
        table = table1.write(results)
    with making("the figures"):
        thesis_figures.write(results)
        length = training_length.write(results)
    comparison = None
    if images.is_wanted(results) or (results.folder / "comparison.md").exists():  # made once, it is kept up
        with making("the comparison"):
            comparison = images.write(results)
    with making("the verdicts on the claims"):
        judged = claims.write(results)
    with making("the report"):
        pictures = {f"figures/{file}": caption for file, caption in images.pictures(results).items()} if comparison else {}
        report.write(results, table, judged, comparison, pictures, length)
    return "\n".join(page.markdown for page in (table, comparison) if page is not None)
