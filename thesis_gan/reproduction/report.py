"""One page with everything in it: report.html, which needs no other file and no network."""

import base64
import json
import re
from pathlib import Path
from types import MappingProxyType
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from thesis_gan import __version__, files
from thesis_gan.reproduction import report_data, report_generators, training_length
from thesis_gan.reproduction.plan import BESIDE_TABLE
from thesis_gan.reproduction.studies.registry import EXPERIMENTS
from thesis_gan.reproduction.thesis_figures import FIGURES
from thesis_gan.reproduction.thesis_results import ThesisResults
from thesis_gan.runs.find import Results, first_seeds
from thesis_gan.runs.run import Run
from thesis_gan.tables import Page, Table, filled

ASSETS = Path(__file__).parent / "report_assets"
LIMIT = 16 * 2**20  # bytes of the page, the generators' weights included: it is to be sent by mail and opened on a phone

# Columns of tables in which one row can be better than another, by how their titles begin.
HIGHER_IS_BETTER = ("IS", "precision", "recall", "density", "coverage", "labels obeyed", "digits found", "classes found")
LOWER_IS_BETTER = ("FID", "KID", "KL of", "sliced Wasserstein", "… at ")  # the last: its levels
CEILINGS = ("real digits", "Real images")  # rows that are no method's


def write(
    results: Results,
    table1: Optional[Page] = None,
    claims: Sequence[Dict[str, Any]] = (),
    comparison: Optional[Page] = None,
    pictures: Mapping[str, str] = MappingProxyType({}),
    length: Optional[Page] = None,
) -> None:
    """Write report.html of what has been made of ``results``.

    table1, claims: what their modules' write() returned, of results that the thesis is about; of others there are none.
    comparison, length: likewise, where there is one.  pictures: captions of those to be shown beside it, by path in the results.
    """
    environment = Environment(loader=FileSystemLoader(str(ASSETS)), autoescape=True, undefined=StrictUndefined)
    environment.globals.update(asset=_asset, json=_json, shown=shown, better=better)
    first = first_seeds(results.in_table)
    curves = report_data.curves(results.images, results.folder)
    drawn = {line["group"] for line in curves["runs"]}
    parts = {
        "version": __version__,
        "profile": results.profile,
        "data": results.images[0].settings.data,
        "one_class": results.images[0].data.class_nouns[0],
        "settings": settings_of(results.images),
        "claims": claims,
        "table1": table1,
        "figures": table1 and _of_thesis(results),
        "comparison": comparison,
        "comparison_figures": [_picture(results.folder, path, caption) for path, caption in pictures.items()],
        "length": length,
        "length_figures": [_picture(results.folder, f"figures/{file}", text) for file, text in training_length.CAPTIONS.items()],
        "frames": report_data.frames(first),
        "curves": curves,
        "beside": {name: text for name, text in BESIDE_TABLE.items() if name in drawn},
    }
    template = environment.get_template("page.html.jinja" if table1 is None else "thesis.html.jinja")
    generators, too_large = [], []
    without = template.render(**parts, generators=[], too_large=[])
    room = LIMIT - len(without.encode("utf-8", "backslashreplace")) - 10_000  # for their part of the page
    for generator in filter(None, map(report_generators.for_page, first)):
        size = len(_json(generator))
        if size < room:
            generators.append(generator)
            room -= size
        else:
            too_large.append(generator["title"])
    files.write_text(results.folder / "report.html", template.render(**parts, generators=generators, too_large=too_large))


def settings_of(runs: Sequence[Run]) -> Dict[str, Dict[str, Any]]:
    """What config.json says of each setting, by the run's name; runs that differ in their seeds only are one."""
    alike: Dict[Tuple[str, str], List[Run]] = {}
    for run in runs:
        alike.setdefault((run.group, json.dumps(run.settings.to_json())), []).append(run)
    return {
        found[0].name if len(found) == 1 else f"{name}, seeds {_numbers(run.seed for run in found)}": found[0].settings.to_json()
        for (name, _), found in alike.items()
    }


def _numbers(seeds: Iterable[int]) -> str:
    """0 to 9; or 0, 2, 3 where some between are missing."""
    found = sorted(seeds)
    return f"{found[0]} to {found[-1]}" if found[-1] - found[0] == len(found) - 1 else ", ".join(map(str, found))


def _asset(name: str) -> Markup:
    return Markup((ASSETS / name).read_text(encoding="utf-8"))


def _json(value: Any) -> Markup:
    """For a script element, which nothing in it may end."""
    return Markup(json.dumps(value, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c"))


class Cell(NamedTuple):
    """best: whether no other method's number in this column is better."""

    text: str
    best: bool = False


class Shown(NamedTuple):
    """A table as the page shows it."""

    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def shown(table: Table) -> Shown:
    """``table`` without the columns that are empty throughout, and which cells are the best of theirs."""
    table, columns = filled(table), []
    for title, cells in zip(table.header, zip(*table.rows)):
        best_of = {"higher": max, "lower": min}.get(better(title))
        numbers = [_number(cell) if row[0] not in CEILINGS else None for row, cell in zip(table.rows, cells)]
        compared = [number for number in numbers if number is not None]
        best = best_of(compared) if best_of and len(set(compared)) > 1 else None
        columns.append([Cell(cell, number is not None and number == best) for cell, number in zip(cells, numbers)])
    return Shown(table.header, list(zip(*columns)))


def better(title: str) -> str:
    """Which numbers of a column are better by its title, "higher" or "lower" ones; "" where neither are."""
    return "higher" if title.startswith(HIGHER_IS_BETTER) else "lower" if title.startswith(LOWER_IS_BETTER) else ""


def _number(cell: str) -> Optional[float]:
    """The mean that a cell shows, as far as it shows it."""
    found = re.match(r"[-+]?\d+(\.\d*)?(e[-+]?\d+)?", cell)
    return float(found.group()) if found else None


class Picture(NamedTuple):
    """png: base64, empty if there is none.  missing: why, or how to have it."""

    caption: str
    png: str = ""
    missing: str = ""
    file: str = ""


def _picture(folder: Path, file: str, caption: str) -> Picture:
    path = folder / file
    if not path.exists():
        return Picture(caption, missing="its runs are not among these")
    return Picture(caption, base64.b64encode(path.read_bytes()).decode(), file=file)


def _of_thesis(results: ThesisResults) -> List[Picture]:
    """The thesis's figures, and those of the experiments that need no run, or how to have them."""
    pictures = [_picture(results.folder, f"figures/{figure.file}", figure.caption) for figure in FIGURES]
    for experiment in (experiment for experiment in EXPERIMENTS if experiment.captions):
        if results.experiments[experiment.command] is not None and experiment.is_drawn(results.folder):
            pictures += [_picture(results.folder, f"figures/{file}", text) for file, text in experiment.captions.items()]
        else:
            missing = f"thesis-gan {experiment.command} --output DIR makes it, DIR being this page's folder"
            pictures += [Picture(caption, missing=missing) for caption in experiment.captions.values()]
    return pictures
