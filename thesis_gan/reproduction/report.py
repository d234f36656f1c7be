"""One page with everything in it: report.html, which needs no other file and no network."""

import base64
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from thesis_gan import __version__, files
from thesis_gan.comparison import images
from thesis_gan.reproduction.studies.registry import EXPERIMENTS
from thesis_gan.reproduction.thesis_figures import FIGURES
from thesis_gan.reproduction.thesis_results import ThesisResults
from thesis_gan.tables import Page

TEMPLATE = "report.html.jinja"


def write(results: ThesisResults, table1: Page, claims: List[Dict[str, Any]], comparison: Optional[Page] = None) -> None:
    """Write report.html of what has been made of ``results``.

    table1, claims, comparison: what their modules' write() returned, the last of profiles that compare.
    """
    templates = Environment(loader=FileSystemLoader(str(Path(__file__).parent)), autoescape=True, undefined=StrictUndefined)
    page = templates.get_template(TEMPLATE).render(
        version=__version__,
        results=results,
        table1=table1,
        figures=[_picture(results.folder, figure.file, figure.caption) for figure in FIGURES] + _of_experiments(results),
        comparison=comparison,
        comparison_figures=[_picture(results.folder, *picture) for picture in images.pictures(results).items()],
        claims=claims,
    )
    files.write_text(results.folder / "report.html", page)


class Picture(NamedTuple):
    """png: base64, empty if there is none.  missing: why, or how to have it."""

    caption: str
    png: str = ""
    missing: str = ""


def _picture(folder: Path, file: str, caption: str) -> Picture:
    path = folder / "figures" / file
    if not path.exists():
        return Picture(caption, missing="its runs are not among these")
    return Picture(caption, base64.b64encode(path.read_bytes()).decode())


def _of_experiments(results: ThesisResults) -> List[Picture]:
    """The figures of the experiments that need no run, or how to have them."""
    pictures = []
    for experiment in EXPERIMENTS:
        if results.experiments[experiment.command] is not None and experiment.is_drawn(results.folder):
            pictures += [_picture(results.folder, *picture) for picture in experiment.captions.items()]
        else:
            captions = " ".join(experiment.captions.values())
            pictures.append(Picture(captions, missing=f"make them with thesis-gan {experiment.command}"))
    return pictures
