"""Scores as people read them: rounded, one below the other, with an arrow for which way is better."""

from typing import Any, List, Mapping, NamedTuple


class Score(NamedTuple):
    """title, form: how a number is shown.  arrow: which way is better, if either is.

    spread, interval: the keys of its deviation and of its 95 % interval.
    """

    title: str
    form: str
    arrow: str = " "
    spread: str = ""
    interval: str = ""


HIGHER, LOWER = "↑", "↓"
SCORES = {
    "inception_score_mean": Score("Inception Score", ".2f", HIGHER, "inception_score_std", "inception_score_interval"),
    "frechet_inception_distance": Score("FID", ".1f", LOWER, interval="frechet_inception_distance_interval"),
    "frechet_inception_distance_limit": Score("FID, N → ∞", ".1f", LOWER),
    "kernel_inception_distance_mean": Score("KID", ".4g", LOWER, "kernel_inception_distance_std"),
    "precision": Score("precision", ".3f", HIGHER),
    "recall": Score("recall", ".3f", HIGHER),
    "f_score": Score("F-score", ".3f", HIGHER),
    "density": Score("density", ".3f", HIGHER),
    "coverage": Score("coverage", ".3f", HIGHER),
    "modes_found": Score("modes found", "d", HIGHER),
    "class_kl": Score("KL of classes", ".3f", LOWER),
    "label_accuracy": Score("labels obeyed", ".1%", HIGHER),
    "sliced_wasserstein_distance": Score("sliced Wasserstein", ".2f", LOWER, interval="sliced_wasserstein_distance_interval"),
    "wasserstein_distance": Score("Wasserstein distance", ".3f", LOWER),
    "wasserstein_distance_real": Score("… of real points", ".3f"),
    "high_quality_share": Score("high quality", ".1%", HIGHER),
}
COSTS = {"generator_steps": "d", "critic_steps": "d", "passes": ".1f", "minutes": ".1f"}
PROTOCOL = ("features", "weights_sha256", "num_samples", "reference", "kernel_subset_size", "resamples")
PROTOCOL += ("sliced_wasserstein_images", "reference_images")
LEVEL = "sliced_wasserstein_distance_"  # of patches of one size, whose image's side follows


def show(record: Mapping[str, Any]) -> None:
    """Print a run's record, or the scores of images; the numbers as they are stand in metrics.json, or with --json."""
    shown = {key: score for key, score in SCORES.items() if record.get(key) is not None}
    cells = [(score.title, score.arrow, _number(record, key, score)) for key, score in shown.items()]
    beside = {key for score in SCORES.values() for key in (score.spread, score.interval)}
    told = {*SCORES, *beside, *COSTS, *PROTOCOL, "run", "method", "seed", "status"}
    cells += [
        (_title(key), " ", f"{value:.4g}" if isinstance(value, float) else str(value))
        for key, value in record.items()
        if key not in told
    ]
    width = max([len(title) for title, _, _ in cells], default=0)
    for title, arrow, number in cells:
        print(f"{title:{width}}  {arrow}  {number}")
    if "minutes" in record:
        cost = {key: format(record[key], form) for key, form in COSTS.items() if key in record}
        print(", ".join(f"{number} {key.replace('_', ' ')}" for key, number in cost.items()) + ".")
    for sentence in _protocol(record):
        print(sentence)


def _title(key: str) -> str:
    return f"… at {key[len(LEVEL) :]} pixels" if key.startswith(LEVEL) else key.replace("_", " ")


def _number(record: Mapping[str, Any], key: str, score: Score) -> str:
    number = format(record[key], score.form if isinstance(record[key], (int, float)) else "")
    if score.spread in record:
        if "kernel" in score.spread and record.get("kernel_subset_size") == record.get("num_samples"):
            # Their deviation says nothing of these images.
            number += f" (every subset is all {record['num_samples']:,} images: no deviation)"
        else:
            number += f" ± {format(record[score.spread], score.form)}"
    if score.interval in record:
        number += f"  (95 %: {' to '.join(format(end, score.form) for end in record[score.interval])})"
    return number


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
