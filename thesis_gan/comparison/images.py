"""All methods of some results, on any images, side by side: an extended table (comparison.md, comparison.csv) and pictures.

What S1 compares on MNIST, and what the thesis's Fig. 6 and S4 say of mode collapse, is seen here.
"""

from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from thesis_gan import files
from thesis_gan.comparison.columns import csv_of, table_of
from thesis_gan.comparison.profiles import COMPARISONS, METHODS_COMPARISON, Comparison
from thesis_gan.comparison.rows import Row, rows
from thesis_gan.data.base import Dataset
from thesis_gan.data.picture_files import read_picture
from thesis_gan.errors import UserError
from thesis_gan.metrics.evaluate import few_images
from thesis_gan.metrics.modes import MINIMUM_SHARE
from thesis_gan.runs import figure_style as style
from thesis_gan.runs.find import Results, finished, first_seeds
from thesis_gan.runs.run import Run
from thesis_gan.tables import Page, each

# S1's second figure: the two methods that it holds against each other while they train.
LSGANS = ("lsgan-seed0", "lsgan-reg-seed0")
LSGANS_PICTURE = "s1_lsgan_epochs.png"
EPOCHS_SHOWN = 5
TALL = 1.5  # times as high as wide: a sheet of more classes than its ten samples of each by so much
LYING = 4  # samples of each class that are then shown


class RealImages(NamedTuple):
    """As good as samples can be. row: what they score.  sheet: some of them under a title, none where they are not here."""

    row: Row
    sheet: Sequence[Tuple[str, np.ndarray]] = ()


def is_wanted(results: Results) -> bool:
    """Whether the runs are of a profile that compares methods, or one of them is of a method that the thesis does not train."""
    runs = results.images
    return runs[0].profile in COMPARISONS or any(run.in_table and not run.method.in_thesis for run in runs)


def write(results: Results, real: Optional[RealImages] = None) -> Page:
    """Write the table and the pictures of the runs on images, beside ``real`` ones; returns the table and its notes.

    Raises UserError if no run is a row of a table, or if these are on several data sets.
    """
    runs = results.in_table
    _refuse_several_data(runs, results)
    table = [*([real.row] if real else []), *rows(runs)]
    page = Page("All methods", [table_of(table, runs[0].data)], _notes(table, runs))
    files.write_text(results.folder / "comparison.md", page.markdown)
    files.write_text(results.folder / "comparison.csv", csv_of(table))
    whole = finished(runs).values()
    for file in pictures(results):
        if file == LSGANS_PICTURE:
            used = [run for run in whole if run.name in LSGANS]
            drawn = over_epochs(used)
        else:
            seeds = range(_comparison(runs).seeds_shown)
            used = [run for run in whole if run.seed in seeds]
            drawn = side_by_side(used, *(real.sheet if real else ())) if used else None
        if drawn is not None:
            # One line for all seeds of a method: rows() refuses those of other settings.
            small_print = [style.settings_line(run) for run in first_seeds(used)]
            style.save(drawn, results.folder / "figures" / file, small_print)
    return page


def pictures(results: Results) -> Dict[str, str]:
    """Files in figures/ that :func:`write` draws of these runs, with their captions."""
    comparison = _comparison(results.images)
    files_and_captions = {comparison.picture: comparison.caption}
    if comparison.seeds_shown == 1 and set(finished(results.images)).issuperset(LSGANS):
        files_and_captions[LSGANS_PICTURE] = "S1's second figure: LSGAN and its regularised form, LSGAN′, while they train."
    return files_and_captions


def _refuse_several_data(runs: Sequence[Run], results: Results) -> None:
    names = sorted({run.settings.data for run in runs})
    if len(names) == 1 and any(run.data.record() != runs[0].data.record() for run in runs):
        names.append(f"what {names[0]} was before")
    if len(names) > 1:
        raise UserError(
            f"{results.folder} holds runs on {' and '.join(names)}; keep those on each in a folder of their own, or name the "
            "runs: `thesis-gan comparison RUN …` takes those on any data."
        )


def _comparison(runs: Sequence[Run]) -> Comparison:
    known = COMPARISONS.get(runs[0].profile, METHODS_COMPARISON)
    return known if known.data == runs[0].data.name else METHODS_COMPARISON  # on other data than the profile is for


def side_by_side(runs: Sequence[Run], *first: Tuple[str, np.ndarray]) -> "style.pyplot.Figure":
    """Each run's sheet after its last step, with the two numbers of mode collapse where it has them; a row per seed.

    A sheet with a row for each of many classes lies below the others of one seed, with a column per class: there it is as large.
    first: titles and sheets that stand before those of one seed.
    """
    seeds = sorted({run.seed for run in runs})
    names = list(dict.fromkeys(run.method.name for run in runs))
    shown, lying = {}, []
    for run in runs:
        sheets = run.sheet_files()
        found, kl = (run.metrics.get(key) for key in ("modes_found", "class_kl"))
        title = run.method.title + (f", seed {run.seed}" if len(seeds) > 1 else "")
        title += "" if found is None else f": {found} of {len(run.data.classes)} {run.data.class_nouns[1]}, KL {kl:.2f}"
        sheet = read_picture(sheets[max(sheets)])
        if len(seeds) == 1 and len(sheet) > TALL * sheet.shape[1]:
            lying.append(_lying(title, sheet, run.data))
        else:
            shown[run.seed, run.method.name] = title, sheet
    free = ("", None)  # the place of a run that diverged
    standing = names if len(seeds) > 1 else [run.method.name for run in runs if (run.seed, run.method.name) in shown]
    cells = [*first, *(shown.get((seed, name), free) for seed in seeds for name in standing)]
    titles, sheets = zip(*cells) if cells else ((), ())
    return style.sheets(titles, sheets, len(names) if len(seeds) > 1 else min(4, len(cells)), lying)


def _lying(title: str, sheet: np.ndarray, data: Dataset) -> style.Wide:
    """Of a sheet with a row per class the first samples, with a column per class."""
    _, height, width = data.shape
    rows, columns = sheet.shape[0] // height, sheet.shape[1] // width
    images = sheet.reshape(rows, height, columns, width, -1)[:, :, :LYING].transpose(2, 1, 0, 3, 4)
    return style.Wide(title, images.reshape(-1, rows * width, sheet.shape[2]), data.classes[:rows])


def over_epochs(runs: Sequence[Run]) -> Optional["style.pyplot.Figure"]:
    """Sheets of each run at some epochs, the first and the last among them; a row per run. None if a run kept too few."""
    try:
        kept = [run.sheet_files() for run in runs]
    except UserError:
        return None
    common = sorted(set.intersection(*(set(sheets) for sheets in kept)))
    if len(common) < 2:  # stored results keep the last sheet only, and their picture
        return None
    shown = [common[place] for place in np.unique(np.linspace(0, len(common) - 1, EPOCHS_SHOWN).round().astype(int))]
    titles = [f"{run.method.title}, epoch {epoch}" for run in runs for epoch in shown]
    return style.sheets(titles, [read_picture(sheets[epoch]) for sheets in kept for epoch in shown], columns=len(shown))


def _notes(table: Sequence[Row], runs: Sequence[Run]) -> List[str]:
    settings, data = runs[0].settings, runs[0].data
    one, classes = data.class_nouns
    images = min(settings.train_images, data.size or settings.train_images)
    record = {key: value for row in table for each in row.records for key, value in each.items()}
    notes = [f"Profile {runs[0].profile}; mean ± standard deviation over seeds where there are several."]
    if "reference_images" in record:
        channels, height, width = data.shape
        notes.append(
            f"Data: {settings.data}, {height}x{width}, {'grey' if channels == 1 else 'in colour'}; {record['reference_images']} "
            "are held out, never trained on: samples are scored against them."
        )
    if "sliced_wasserstein_images" in record:
        notes.append(
            "Sliced Wasserstein: mean over the levels of a Laplacian pyramid, times 1,000, of "
            f"{record['sliced_wasserstein_images']} images of each side; what real ones have is as good as it gets."
        )
    if "features" in record:
        notes.append(f"Scores: {record['features']} features, {record['num_samples']} samples, against {record['reference']}.")
    elif data.by_patches:
        notes.append(
            "IS, FID, precision and the like need a network that has learnt to see; of such pictures that is Inception, and its "
            "weights are not here, or fewer than 100 pictures are held out."
        )
    if "modes_found" in record:
        notes.append(
            f"{classes.capitalize()} found: those with at least {100 * MINIMUM_SHARE:.0f} % of the samples, of "
            f"{len(data.classes)}, as the metric classifier reads them. KL of {classes}: of their histogram from the uniform "
            f"one, in nats; 0 is even, {np.log(len(data.classes)):.2f} one {one} alone. A generator told {classes} draws them "
            "evenly by its labels."
        )
    notes += [
        f"All runs: batch {each(run.settings.batch_size for run in runs)}, width {each(run.settings.width for run in runs)}, "
        f"learning rate {each(run.settings.learning_rate for run in runs)}, architecture "
        f"{each(run.settings.architecture for run in runs)}, {images} training images.",
        *([f"No critic update where it ranks more than {settings.skip_above:.0%} of pairs rightly."] * (settings.skip_above < 1)),
        *few_images(run.settings.num_samples for run in runs),
        "A dash: this run has no such number.",
    ]
    return notes
