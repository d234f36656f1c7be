"""How long is enough: IS and FID of the snapshots over training, as training_length.md and two figures."""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence

import numpy as np

from thesis_gan import files
from thesis_gan.comparison.rows import FID, IS
from thesis_gan.reproduction.studies import step_times
from thesis_gan.reproduction.thesis_results import ThesisResults
from thesis_gan.runs import figure_style as style
from thesis_gan.runs import snapshots
from thesis_gan.runs.find import first_seeds
from thesis_gan.runs.run import Run
from thesis_gan.tables import NONE, Page, Table, each

FILE = "training_length.md"
FID_BY_TIME, SCORES_BY_EPOCH = "fid_by_time.png", "scores_by_epoch.png"
CAPTIONS = {
    FID_BY_TIME: "FID against training time, one thread: the snapshots of each method.",
    SCORES_BY_EPOCH: "IS and FID against epochs: the snapshots of each method.",
}
ENOUGH = 0.95
PERCENT = f"{100 * ENOUGH:.0f} %"
BUDGETS = {"10 minutes": 1 / 6, "1 hour": 1.0, "a night (8 hours)": 8.0}  # of training one method on one core


class Course(NamedTuple):
    """The snapshots of a method: (snapshots,) each, means over seeds.

    low, high: FID's range over the seeds.  hours: of training on one thread.  seeds: how many.
    """

    title: str
    epoch: np.ndarray
    hours: np.ndarray
    inception_score: np.ndarray
    fid: np.ndarray
    low: np.ndarray
    high: np.ndarray
    seeds: int

    @property
    def enough(self) -> int:
        """The place of the first snapshot by which 95 % of FID's improvement is had, from the first snapshot to the last.

        From the first snapshot, as nothing was scored before: what came before it, most of the improvement from noise, is had
        by every snapshot anyhow. Where the last is no better than the first, the first was enough. The best of the snapshots
        does not count: the last is the result, and which was the best is known afterwards only.
        """
        first, last = self.fid[0], self.fid[-1]
        return int(np.argmax(self.fid <= max(last, first - ENOUGH * (first - last)))) if last < first else 0

    @property
    def best(self) -> int:
        """The place of the snapshot with the lowest FID."""
        return int(np.argmin(self.fid))

    def within(self, hours: float) -> Optional[int]:
        """The place of the last snapshot that is had in so many hours, None if there is none."""
        had = np.flatnonzero(self.hours <= hours)
        return int(had[-1]) if len(had) else None


def write(results: ThesisResults) -> Optional[Page]:
    """Write the page and draw the figures of what snapshots have been scored; None, and no such files, where there are none."""
    found, page = courses(results), read(results)
    if page is None:
        for path in (results.folder / FILE, *(results.folder / "figures" / file for file in CAPTIONS)):
            path.unlink(missing_ok=True)  # of runs that were there before
        return None
    files.write_text(results.folder / FILE, page.markdown)
    small_print = [style.settings_line(run) for run in first_seeds(_with_snapshots(results))]
    seeds = max(course.seeds for course in found)
    if seeds > 1:
        small_print.append(f"Means over {seeds} seeds; the shade is from the lowest FID of a seed to the highest.")
    clock = _clock(results).replace(". ", ".\n")  # as wide as the figure
    style.save(fid_by_time(found), results.folder / "figures" / FID_BY_TIME, [clock, *small_print])
    style.save(scores_by_epoch(found), results.folder / "figures" / SCORES_BY_EPOCH, small_print)
    return page


def read(results: ThesisResults) -> Optional[Page]:
    """The page that :func:`write` writes; nothing is written now."""
    found = courses(results)
    return _page(results, found) if found else None


def courses(results: ThesisResults) -> List[Course]:
    """Of each method whose runs have two scored snapshots or more, in the order of the table."""
    found: Dict[str, List[Run]] = {}
    for run in _with_snapshots(results):
        found.setdefault(run.config["method"], []).append(run)
    times = results.experiments["times"]
    return [course for runs in found.values() for course in [_course(runs, times)] if len(course.epoch) > 1]


def _with_snapshots(results: ThesisResults) -> List[Run]:
    return [run for run in results.in_table if run.name in results.finished and run.method.in_thesis and snapshots.scored(run)]


def _course(runs: Sequence[Run], times: Optional[Dict[str, Any]]) -> Course:
    records = [{record["epoch"]: record for record in snapshots.scored(run)} for run in runs]
    epochs = sorted(set.intersection(*map(set, records)))
    columns = {key: np.array([[of[epoch][key] for epoch in epochs] for of in records]) for key in (IS, FID)}
    hours = np.array([[_hours(run, of[epoch], times) for epoch in epochs] for run, of in zip(runs, records)])
    means = (hours.mean(axis=0), columns[IS].mean(axis=0), columns[FID].mean(axis=0))
    spread = (columns[FID].min(axis=0), columns[FID].max(axis=0))
    return Course(runs[0].method.title, np.array(epochs), *means, *spread, len(runs))


def _hours(run: Run, record: Dict[str, Any], times: Optional[Dict[str, Any]]) -> float:
    """Of training up to a snapshot: by the steps' times as measured alone, where they were of such steps; else the run's own."""
    if not _are_of(run, times):
        return record["hours"]
    measured = times["methods"][run.config["method"]]
    critic, generator = (float(np.median(measured[key])) for key in ("critic_ms", "generator_ms"))
    return (record["critic_steps"] * critic + record["generator_steps"] * generator) / 3.6e6


def _are_of(run: Run, times: Optional[Dict[str, Any]]) -> bool:
    if times is None or run.config["method"] not in times["methods"] or step_times.share_of_time(times) < step_times.ALONE:
        return False
    return (times["width"], times["batch_size"]) == (run.settings.width, run.settings.batch_size)


def fid_by_time(found: Sequence[Course]) -> "style.pyplot.Figure":
    """FID against the hours of training, or minutes where there are few, both in powers of ten."""
    unit, in_hour = ("hours", 1) if max(course.hours[-1] for course in found) >= 2 else ("minutes", 60)
    figure, axis = style.pyplot.subplots(figsize=(6.4, 4.2))
    for look, course in zip(style.STYLES, found):
        times = in_hour * course.hours
        style.band(axis, times, course.fid, (course.low, course.high), label=course.title, markersize=4, **look)
    axis.set(
        xscale="log", yscale="log", xlabel=f"training time on one thread ({unit})", ylabel="FID (MNIST classifier's features)"
    )
    for axes, ends in ((axis.xaxis, axis.get_xlim()), (axis.yaxis, axis.get_ylim())):
        _plain_numbers(axes, *ends)
    _legend_above(axis)
    return figure


def scores_by_epoch(found: Sequence[Course]) -> "style.pyplot.Figure":
    """IS and FID against the epoch."""
    figure, axes = style.pyplot.subplots(1, 2, figsize=(10, 4.2))
    for look, course in zip(style.STYLES, found):
        axes[0].plot(course.epoch, course.inception_score, label=course.title, markersize=4, **look)
        style.band(axes[1], course.epoch, course.fid, (course.low, course.high), label=course.title, markersize=4, **look)
    axes[0].set_ylabel("Inception Score (MNIST classifier)")
    axes[1].set(yscale="log", ylabel="FID (MNIST classifier's features)")
    _plain_numbers(axes[1].yaxis, *axes[1].get_ylim())
    for axis in axes:
        axis.set_xlabel("epoch (passes of the critic over the data)")
        axis.set_xlim(left=0)
        _legend_above(axis)
    return figure


def _legend_above(axis: "style.pyplot.Axes") -> None:
    """The curves' names above the axes, as the curves leave no corner free."""
    axis.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncol=2, frameon=False)


def _plain_numbers(axis, low: float, high: float) -> None:
    """Ticks at 1, 2 and 5 times powers of ten, written as they are: few decades are shown."""
    ticks = [times * 10.0**power for power in range(-4, 6) for times in (1, 2, 5)]
    axis.set_ticks([tick for tick in ticks if low <= tick <= high])
    axis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.set_minor_locator(style.pyplot.NullLocator())


def _page(results: ThesisResults, found: Sequence[Course]) -> Page:
    header = ["", "first snapshot", f"{PERCENT} of the improvement", "best", "last: the result"]
    rows = [
        [course.title, *(_said(course, place) for place in (0, course.enough, course.best, len(course.epoch) - 1))]
        for course in found
    ]
    tables = [Table(header, rows, "Snapshots")]
    if max(course.hours[-1] for course in found) > min(BUDGETS.values()):  # else every budget gives the result
        had = [[course.title, *(_said(course, course.within(hours)) for hours in BUDGETS.values())] for course in found]
        tables.append(Table(["", *BUDGETS], had, "What is had within a time, one method on one core"))
    seeds = each(course.seeds for course in found)
    notes = [
        "Each cell: epoch, time of training, IS and FID there, as in Table 1.",
        f"{PERCENT} of the improvement: the first snapshot by which FID has fallen by so much of what it falls by from the first "
        "snapshot to the last; the first itself, where the last is no better. The best is known afterwards only; the last is the "
        "result.",
        _clock(results),
        f"Seeds: {seeds}." + (" Scores are means over them." if seeds != "1" else ""),
    ]
    if any(NONE in row for table in tables for row in table.rows):
        notes.append("A dash: the first snapshot is of a later time.")
    diverged = [run.name for run in results.in_table if run.name not in results.finished]
    if diverged:
        notes.append(f"Left out for divergence: {', '.join(diverged)}.")
    return Page("How long is enough", tables, notes, "Notes")


def _said(course: Course, place: Optional[int]) -> str:
    if place is None:
        return NONE
    hours, epoch = course.hours[place], course.epoch[place]
    took = f"{hours:.1f} h" if hours >= 1 else f"{60 * hours:.0f} min" if hours >= 1 / 60 else f"{3600 * hours:.0f} s"
    return f"epoch {epoch}, {took}: IS {course.inception_score[place]:.2f}, FID {course.fid[place]:.1f}"


def _clock(results: ThesisResults) -> str:
    times = results.experiments["times"]
    measured = [_are_of(run, times) for run in _with_snapshots(results)]
    if all(measured):
        return f"Time: the steps made by then, each as long as it took alone on one thread of {times['processor']} (times.json)."
    said = "Time: of training alone, the run's own clock shared out by its steps; several runs may have gone side by side."
    return f"{said} Where times.json is of a run's width, its steps as measured alone." if any(measured) else said
