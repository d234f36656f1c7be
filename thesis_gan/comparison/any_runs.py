"""Any runs side by side, by their folders: comparison.md, comparison.csv and comparison.png.

Runs that differ in their seed alone share a row. A row is named by its method and by what it has otherwise than the method's
other rows; a second table says which settings belong to which.
"""

import json
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

from thesis_gan import files
from thesis_gan.comparison.columns import csv_of, table_of
from thesis_gan.comparison.rows import Row
from thesis_gan.data.picture_files import read_picture
from thesis_gan.errors import UserError
from thesis_gan.metrics.evaluate import few_images
from thesis_gan.runs import figure_style as style
from thesis_gan.runs.find import Results
from thesis_gan.runs.run import FINISHED, Run
from thesis_gan.settings import CHANGES_NO_NUMBER
from thesis_gan.tables import NONE, Page, Table

MOST_NAMED = 4  # settings in a row's name; where more differ, its folder's name says less and is shorter


class Group(NamedTuple):
    """Runs that differ in their seed alone. name: what tells them from the others."""

    name: str
    runs: List[Run]

    @property
    def settings(self) -> Dict[str, Any]:
        """Values by setting, but those that change no number."""
        entries = self.runs[0].settings.to_json().items()
        return {name: entry["value"] for name, entry in entries if name not in CHANGES_NO_NUMBER}

    @property
    def row(self) -> Row:
        """Its row of a table."""
        return Row(self.runs[0].method.name, self.name, {}, [run.metrics for run in self.runs])


def read(folders: Sequence[Path]) -> List[Run]:
    """The finished runs in ``folders``, each a run's, or one of results with all its rows, in that order and once each.

    Raises UserError, naming the folder, for one that is neither, and for a run that has not finished or is damaged.
    """
    found: Dict[Path, Run] = {}
    for folder in folders:
        if (folder / "config.json").exists() or not (folder / "runs").is_dir():
            run = Run(folder)
            run.verify()
            runs = [run]
        else:
            results = Results(folder)
            runs = [*results.in_table, *results.points]
            if not runs:
                raise UserError(f"No run in {folder} is a row of its table; name the runs themselves.")
        for run in runs:
            found.setdefault(run.folder.resolve(), run)
    return list(found.values())


def write(runs: Sequence[Run], output: Path) -> str:
    """Write the files in ``output``, the picture where there are sheets of images; returns the tables as Markdown."""
    groups = _groups(runs)
    differing = _differing(groups)
    kinds = sorted({group.runs[0].kind for group in groups})  # images and points have other scores, and a table each
    of_kind = [[group for group in groups if group.runs[0].kind == kind] for kind in kinds]
    words = {"": lambda row: row.label, "seeds": lambda row: ", ".join(str(record["seed"]) for record in row.records)}
    tables = [table_of([group.row for group in chosen], chosen[0].runs[0].data, words) for chosen in of_kind]
    if differing:
        lines = [[name, *(str(group.settings.get(name, NONE)) for group in groups)] for name in differing]
        tables.append(Table(["setting", *(group.name for group in groups)], lines, "What differs in their settings"))
    text = Page("Runs side by side", tables, _notes(groups, differing)).markdown
    files.write_text(output / "comparison.md", text)
    set_so = [{"name": group.name, **{f"setting_{name}": group.settings.get(name, "") for name in differing}} for group in groups]
    files.write_text(output / "comparison.csv", csv_of([group.row for group in groups], set_so))
    _draw(groups, output / "comparison.png")
    return text


def _groups(runs: Sequence[Run]) -> List[Group]:
    together: Dict[Tuple, List[Run]] = {}
    for run in runs:
        plain = Group("", [run]).settings
        values = tuple(sorted((name, str(value)) for name, value in plain.items()))
        key = (run.method.name, values, *_data(run))
        if any(other.seed == run.seed for other in together.get(key, ())):
            key = (*key, run.folder)  # the same run a second time, elsewhere
        together.setdefault(key, []).append(run)
    groups = [Group("", members) for members in together.values()]
    return [group._replace(name=_name(group, groups)) for group in groups]


def _data(run: Run) -> Tuple[str, str]:
    """Name and record of its data: other pictures may have the same name."""
    return run.data.name, json.dumps(run.data.record(), sort_keys=True)


def _name(group: Group, groups: Sequence[Group]) -> str:
    method = group.runs[0].method
    others = [other for other in groups if other is not group and other.runs[0].method is method]
    if not others:
        return method.title
    mine = group.settings
    told = [name for name in mine if any(other.settings.get(name) != mine[name] for other in others)]
    if len(told) <= MOST_NAMED and all(other.settings != mine for other in others):
        return ", ".join([method.title, *(f"{setting} {mine[setting]}" for setting in told)])
    return f"{method.title}, {group.runs[0].folder}"


def _differing(groups: Sequence[Group]) -> List[str]:
    """Settings that not all have alike, in the order in which they are listed."""
    names = dict.fromkeys(name for group in groups for name in group.settings)
    return [name for name in names if len({str(group.settings.get(name)) for group in groups}) > 1]


def _notes(groups: Sequence[Group], differing: Sequence[str]) -> List[str]:
    notes = [] if differing else ["All have the same settings."]
    data = [name for name, _ in sorted({_data(group.runs[0]) for group in groups})]
    notes += [f"The data called {name} are not the same in all rows." for name in sorted(set(data)) if data.count(name) > 1]
    notes.append("Mean ± standard deviation over seeds where there are several. A dash: there is no such number, or setting.")
    scored = [record for group in groups for record in group.row.records if "features" in record]
    protocols = {
        f"{record['features']} features, {record['num_samples']:,} samples, against {record['reference']}" for record in scored
    }
    notes += [f"Scores: {protocol}." for protocol in sorted(protocols)]
    if len(protocols) > 1:
        notes.append("These protocols are different: scores by one are not to be held against those by another.")
    notes += few_images(record["num_samples"] for record in scored)
    return notes + [f"{group.name}: {', '.join(str(run.folder) for run in group.runs)}." for group in groups]


def _draw(groups: Sequence[Group], path: Path) -> None:
    """The sheet after its last step of each group's first run that has some."""
    sheets = {}
    for group in groups:
        for run in group.runs:
            if run.metrics["status"] == FINISHED and any((run.folder / "samples").glob("epoch-*.png")):
                kept = run.sheet_files()
                sheets[group.name] = read_picture(kept[max(kept)]), style.settings_line(run)
                break
    if sheets:
        pictures, small_print = zip(*sheets.values())
        style.save(style.sheets(list(sheets), pictures, columns=min(4, len(sheets))), path, small_print)
