"""``thesis-gan table``, ``figures``, ``comparison``, ``claims``, ``report``, ``rescore``, ``store``: made of finished runs."""

import contextlib
from pathlib import Path
from typing import Callable, Iterator, Optional

from thesis_gan.cli.arguments import add_command, add_path, path
from thesis_gan.errors import UserError
from thesis_gan.lock import hold

QUICK = Path("results/quick")


def add_to(commands) -> None:
    table = add_command(commands, "table", _table, "make the table anew from finished runs")
    add_path(table, "--weights", "FILE", "FID's Inception weights for the table's part in them (default: the downloaded ones)")
    rescore = add_command(commands, "rescore", _rescore, "score finished runs anew, without training, and make the outputs anew")
    figures = add_command(commands, "figures", _figures, "draw the figures anew from finished runs")
    comparison = add_command(
        commands,
        "comparison",
        _comparison,
        "put runs side by side: all methods of a folder of results (extended table and pictures), or any runs by their folders",
        "Runs that are named are put beside the rows of --results, if that is given, and named by what differs.",
    )
    comparison.add_argument(
        "runs", metavar="RUN", nargs="*", type=path, help="folders of finished runs, or of results with all their rows"
    )
    alone = "folder for the comparison of RUNs (default results/comparison); without RUNs it is written to --results"
    add_path(comparison, "--output", "DIR", alone)
    claims = add_command(commands, "claims", _claims, "judge the claims anew by finished runs")
    report = add_command(commands, "report", _report, "make table, figures, claims and report.html anew from finished runs")
    store = add_command(
        commands, "store", _store, "copy a profile's results to results/stored, where the regression tests read them"
    )
    store.add_argument(
        "--commit",
        metavar="HASH",
        help="at which runs were trained, here and with these libraries, that do not say it: those of older versions",
    )
    store.set_defaults(threads=1)  # with which the first steps of the runs are made again
    for command in (table, rescore, figures, claims, report, store):
        add_path(command, "--results", "DIR", "folder of the results (default results/quick)", default=QUICK)
    add_path(comparison, "--results", "DIR", "folder of the results (default results/quick, if no RUN is named)")


def _table(options) -> None:
    from thesis_gan.reproduction import table1

    with _finished(options.results) as results:
        print(table1.write(results, options.weights).markdown)


def _rescore(options) -> None:
    from thesis_gan.device import context
    from thesis_gan.reproduction.run_all import write_tables
    from thesis_gan.runs.find import Results
    from thesis_gan.runs.run import Run

    if _is_run(options.results):
        run = Run(options.results)
        run.verify()
        with hold(run.folder):
            run.rescore(context("cpu"))
        print(f"The run in {run.folder} is scored anew.")
        return
    with _finished(options.results, Results) as results:
        for run in results.runs:
            run.rescore(context("cpu"))
        print(write_tables(options.results))


def _figures(options) -> None:
    from thesis_gan.reproduction import thesis_figures, training_length
    from thesis_gan.runs import snapshots

    with _finished(options.results) as results:
        snapshots.score(list(results.finished.values()))
        for sentence in thesis_figures.write(results):
            print(sentence)
        training_length.write(results)
    print(f"The figures are in {options.results / 'figures'}.")


def _comparison(options) -> None:
    from thesis_gan.comparison import any_runs, images, points
    from thesis_gan.reproduction import other_data
    from thesis_gan.reproduction.thesis_results import on_mnist
    from thesis_gan.runs.find import Results

    named = list(options.runs)
    results = options.results or (None if named else QUICK)
    if results is not None and (named or _is_run(results)):
        named.insert(0, results)
    if not named:
        if options.output is not None:
            raise UserError(f"The comparison of {results} is written there; leave --output out, or name RUNs.")
        del options.output  # so that no sentence offers it
        with _finished(results, Results) as found:
            if found.images:
                real = None if any(map(on_mnist, found.images)) else other_data.real_images(found)
                print(images.write(found, real).markdown)
            if found.points:
                print(points.write(found).markdown)
        return
    output = options.output or Path("results/comparison")
    if _is_run(output):
        raise UserError(f"{output} is a run's folder; name another with --output.")
    runs = any_runs.read(named)
    with hold(output):
        print(any_runs.write(runs, output))
    print(f"The comparison is in {output}.")


def _claims(options) -> None:
    from thesis_gan.reproduction.claims import page as claims
    from thesis_gan.runs import snapshots

    with _finished(options.results) as results:
        snapshots.score(list(results.finished.values()))
        for claim in claims.write(results):
            print(f"{claim['id']:>2}  {claim['verdict']:13}  {claim['claim']}")


def _report(options) -> None:
    from thesis_gan.reproduction import other_data
    from thesis_gan.reproduction.run_all import write_outputs
    from thesis_gan.reproduction.thesis_results import ThesisResults, of_its_kind

    with _finished(options.results, of_its_kind) as results:
        write = write_outputs if isinstance(results, ThesisResults) else other_data.write
        write(results)
    print(f"Open {options.results / 'report.html'}.")


def _store(options) -> None:
    from thesis_gan.reproduction.store import store
    from thesis_gan.reproduction.thesis_results import of_its_kind

    with _finished(options.results, of_its_kind) as results:
        stored = store(results, options.commit)
    size, added, total = (f"{count / 2**20:.1f} MiB" for count in (stored.size, stored.size - stored.before, stored.total))
    print(f"Stored in {stored.folder}: {size}, {added} more than before; {total} are stored in all.")
    if stored.others:
        print(f"Today's code, on this processor, does not give the first steps of {', '.join(stored.others)}.")


@contextlib.contextmanager
def _finished(folder: Path, read: Optional[Callable] = None) -> Iterator:
    """Be the only process that writes in ``folder``, and ``read`` what it holds, by default the runs that the thesis is about."""
    from thesis_gan.reproduction.thesis_results import ThesisResults
    from thesis_gan.runs.find import refuse_without_runs

    if _is_run(folder):
        around = f"its results are in {folder.parents[1]}; " if folder.parent.match("runs") else ""
        raise UserError(f"{folder} is the folder of one run; {around}`thesis-gan comparison {folder}` shows the run alone.")
    refuse_without_runs(folder)  # before a folder is made for the lock
    with hold(folder):
        yield (read or ThesisResults)(folder)


def _is_run(folder: Path) -> bool:
    """Whether this is a run's folder, and no folder of results."""
    return (folder / "config.json").exists() and not (folder / "runs").is_dir()
