"""Scores as people read them: rounded, one below the other, with an arrow for which way is better."""

from typing import Any, List, Mapping, NamedTuple


class Score(NamedTuple):
    """title, form: how a number is shown.  arrow: which way is better, if either is.  spread: the key of its deviation."""

    title: str
    form: str
    arrow: str = " "
    spread: str = ""


HIGHER, LOWER = "↑", "↓"
SCORES = {
    "inception_score_mean": Score("Inception Score", ".2f", HIGHER, "inception_score_std"),
    "frechet_inception_distance": Score("FID", ".1f", LOWER),
    "frechet_inception_distance_limit": Score("FID, N → ∞", ".1f", LOWER),
    "kernel_inception_distance_mean": Score("KID", ".4g", LOWER, "kernel_inception_distance_std"),
    "precision": Score("precision", ".3f", HIGHER),
    "recall": Score("recall", ".3f", HIGHER),
    "f_score": Score("F-score", ".3f", HIGHER),
    "density": Score("density", ".3f", HIGHER),
    "coverage": Score("coverage", ".3f", HIGHER),
    "modes_found": Score("modes found", "d", HIGHER),
    "digit_kl": Score("KL of classes", ".3f", LOWER),
    "class_kl": Score("KL of classes", ".3f", LOWER),
    "label_accuracy": Score("labels obeyed", ".1%", HIGHER),
    "sliced_wasserstein_distance": Score("sliced Wasserstein", ".2f", LOWER),
    "wasserstein_distance": Score("Wasserstein distance", ".3f", LOWER),
    "wasserstein_distance_real": Score("… of real points", ".3f"),
    "high_quality_share": Score("high quality", ".1%", HIGHER),
}
INTERVALS = {
    "inception_score_interval": "inception_score_mean",
    "frechet_inception_distance_interval": "frechet_inception_distance",
}
COSTS = {"generator_steps": "d", "critic_steps": "d", "passes": ".1f", "minutes": ".1f"}
PROTOCOL = ("features", "weights_sha256", "num_samples", "reference", "kernel_subset_size", "resamples")
PROTOCOL += ("sliced_wasserstein_images", "reference_images")
LEVEL = "sliced_wasserstein_distance_"  # of patches of one size, whose image's side follows


def show(record: Mapping[str, Any]) -> None:
    """Print a run's record, or the scores of images; the numbers as they are stand in metrics.json, or with --json."""
    print("\n".join(lines(record)))


def lines(record: Mapping[str, Any]) -> List[str]:
    """What :func:`show` prints."""
    intervals = {key: record[name] for name, key in INTERVALS.items() if name in record}
    cells = []
    for key, score in SCORES.items():
        if record.get(key) is not None:
            cells.append((score.title, score.arrow, _number(record, key, score) + _interval(intervals.get(key), score)))
    spreads = {score.spread for score in SCORES.values()}
    told = {*SCORES, *INTERVALS, *COSTS, *PROTOCOL, *spreads, "run", "method", "seed", "status"}
    cells += [
        (_title(key), " ", f"{value:.4g}" if isinstance(value, float) else str(value))
        for key, value in record.items()
        if key not in told
    ]
    width = max([len(title) for title, _, _ in cells], default=0)
    found = [f"{title:{width}}  {arrow}  {number}" for title, arrow, number in cells]
    if "minutes" in record:
        cost = {key: format(record[key], form) for key, form in COSTS.items() if key in record}
        found.append(", ".join(f"{number} {key.replace('_', ' ')}" for key, number in cost.items()) + ".")
    return [*found, *_protocol(record)]


def _title(key: str) -> str:
    return f"… at {key[len(LEVEL) :]} pixels" if key.startswith(LEVEL) else key.replace("_", " ")


def _number(record: Mapping[str, Any], key: str, score: Score) -> str:
    number = format(record[key], score.form if isinstance(record[key], (int, float)) else "")
    if score.spread not in record:
        return number
    if score.spread == "kernel_inception_distance_std" and subsets_are_all(record):
        return f"{number} (every subset is all {record['num_samples']:,} images: no deviation)"
    return f"{number} ± {format(record[score.spread], score.form)}"


def _interval(interval: Any, score: Score) -> str:
    return "" if interval is None else f"  (95 %: {' to '.join(format(end, score.form) for end in interval)})"


def subsets_are_all(record: Mapping[str, Any]) -> bool:
    """Whether KID's subsets each are all of the images, so that their deviation says nothing of these."""
    return record.get("kernel_subset_size") == record.get("num_samples")


def _protocol(record: Mapping[str, Any]) -> List[str]:
    if "num_samples" not in record:
        return []
    count, reference = record["num_samples"], f", against {record['reference']}" if "reference" in record else ""
    from thesis_gan.metrics.evaluate import few_images  # and MXNet with it, which the command has needed already

    patches = record.get("sliced_wasserstein_images")
    sliced = [] if patches is None else [f"Sliced Wasserstein: {patches:,} images of each side."]
    if "features" in record:
        said = f"{count:,} images, {record['features']} features (weights {record['weights_sha256'][:12]}…){reference}."
    else:
        said = f"{count:,} {'points' if patches is None else 'images'}{reference}."
    return [said, *sliced, *(few_images([count]) if "features" in record or sliced else [])]
