"""One page with everything in it: report.html, which needs no other file and no network."""

import base64
import html
from itertools import groupby
from pathlib import Path
from string import Template
from typing import List

from thesis_gan import __version__, files
from thesis_gan.reproduction import comparison
from thesis_gan.reproduction.studies.registry import EXPERIMENTS
from thesis_gan.reproduction.thesis_figures import FIGURES
from thesis_gan.runs.find import find_runs

PAGE = Template("""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>From GAN to WGAN-GP: $profile</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.9em; }
th, td { padding: 0.3em 0.6em; border-bottom: 1px solid #ccc; text-align: right; }
td { white-space: nowrap; }
.text td { white-space: normal; }
th:first-child, td:first-child, .text th, .text td { text-align: left; vertical-align: top; }
figure { margin: 2rem 0; } img { max-width: 100%; } figcaption, .small { color: #555; font-size: 0.9em; }
</style></head><body>
<h1>From GAN to WGAN-GP</h1>
<p>Reproduction of the 2018 coursework in MXNet Gluon (thesis_gan $version), profile <b>$profile</b>.</p>
<h2>Table 1</h2>$tables$notes
<h2>Figures</h2>$figures
$comparison
<h2>Claims</h2><div class="wide"><table class="text">
<tr><th>#</th><th>claim</th><th>verdict</th><th>evidence</th></tr>
$claims</table></div>
<h2>Runs</h2><div class="wide"><table class="text">
<tr><th>run</th><th>settings, and where they come from</th></tr>
$runs</table></div>
</body></html>
""")


def write(results: Path) -> None:
    """Write report.html from the table, figures, claims and runs in ``results``, which must have been made before."""
    runs = find_runs(results)
    lines = (results / "table1.md").read_text(encoding="utf-8").splitlines()
    page = PAGE.substitute(
        version=__version__,
        profile=html.escape(runs[0].config["profile"]),
        tables="".join(f"<div class='wide'>{_table(block)}</div>" for block in _tables(lines)),
        notes="<ul class='small'>"
        + "".join(f"<li>{html.escape(line[2:])}</li>" for line in lines if line.startswith("- "))
        + "</ul>",
        figures="".join(_figure(results / "figures" / figure.file, figure.caption) for figure in FIGURES) + _experiments(results),
        comparison=_comparison(results),
        claims="".join(
            "<tr>" + "".join(f"<td>{html.escape(claim[key])}</td>" for key in ("id", "claim", "verdict", "evidence")) + "</tr>"
            for claim in files.read_json(results / "claims.json")
        ),
        runs="".join(f"<tr><td>{html.escape(run.name)}</td><td>{_settings(run)}</td></tr>" for run in runs),
    )
    files.write_text(results / "report.html", page)


def _comparison(results: Path) -> str:
    if not (results / "comparison.md").exists():
        return ""
    lines = (results / "comparison.md").read_text(encoding="utf-8").splitlines()
    notes = "".join(f"<li>{html.escape(line[2:])}</li>" for line in lines if line.startswith("- "))
    table = _table([line for line in lines if line.startswith("|")])
    pictures = "".join(_figure(results / "figures" / file, caption) for file, caption in comparison.pictures(results).items())
    return f'<h2>All methods</h2><div class="wide">{table}</div><ul class="small">{notes}</ul>{pictures}'


def _tables(lines: List[str]) -> List[List[str]]:
    """The tables among the lines of a Markdown file: runs of lines that begin with a bar."""
    return [list(block) for is_table, block in groupby(lines, lambda line: line.startswith("|")) if is_table]


def _experiments(results: Path) -> str:
    """The figures of the experiments that need no run, or how to have them."""
    parts = []
    for experiment in EXPERIMENTS:
        if experiment.is_made(results):
            parts += [_figure(results / "figures" / file, caption) for file, caption in experiment.captions.items()]
        else:
            captions = html.escape(" ".join(experiment.captions.values()))
            parts.append(f"<p>{captions} Not drawn: make them with thesis-gan {experiment.command}.</p>")
    return "".join(parts)


def _table(lines: List[str]) -> str:
    header, _, *body = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    parts = ["<tr>" + "".join(f"<th>{html.escape(cell)}</th>" for cell in header) + "</tr>"]
    parts += ["<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in body]
    return "<table>" + "".join(parts) + "</table>"


def _figure(path: Path, caption: str) -> str:
    if not path.exists():
        return f"<p>{html.escape(caption)} Not drawn: its runs are not among these.</p>"
    picture = base64.b64encode(path.read_bytes()).decode()
    text = html.escape(caption, quote=True)
    return f'<figure><img src="data:image/png;base64,{picture}" alt="{text}"><figcaption>{text}</figcaption></figure>'


def _settings(run) -> str:
    entries = run.settings.to_json().items()
    return "<br>".join(
        f"{name} = {html.escape(str(entry['value']))} <span class='small'>({html.escape(entry['origin'])})</span>"
        for name, entry in entries
    )
