"""Claims on the digits that are drawn: labels, mode collapse."""

import numpy as np
from scipy import stats

from thesis_gan.comparison.rows import numbers
from thesis_gan.reproduction.claims.base import (
    MINIMUM_SEEDS,
    NOT_SUPPORTED,
    SUPPORTED,
    UNDECIDED,
    Claim,
    Evidence,
    Verdict,
    counted,
    decided,
    first_with,
    p_values,
    records_of,
)
from thesis_gan.reproduction.claims.significance import LEVEL, POWER, rises, wilson
from thesis_gan.tables import spread


def labels_obeyed(evidence: Evidence) -> Verdict:
    """Share of CGAN's digits in which the classifier sees the digit asked for: Wilson's interval above 90 %; not supported if
    it lies below 50 %."""
    records = records_of(evidence.runs, "cgan")
    if not records:
        return evidence.lacking("There is no finished run of cgan.", "cgan")
    share = float(np.mean([record["label_accuracy"] for record in records]))
    count = sum(record["num_samples"] for record in records)
    low, high = wilson(share, count)
    text = (
        f"The classifier sees the digit asked for in {100 * share:.1f}% of {count} images "
        f"(95% interval {100 * low:.1f} to {100 * high:.1f}%)."
    )
    if low > 0.9 or high < 0.5:
        return Verdict(SUPPORTED if low > 0.9 else NOT_SUPPORTED, text)
    return Verdict(UNDECIDED, f"{text} {_images_to_decide(share)}")


def _images_to_decide(share: float) -> str:
    """A sentence of how many images would bring the whole interval above 90 %, or below 50 %."""
    if not (share > 0.9 or share < 0.5):
        return "A share between 50 and 90% is neither, however many the images."
    bound, sign = (0.9, 1) if share > 0.9 else (0.5, -1)
    # The normal distribution's: 1.96 deviations at the bound and, for the power, 0.84 at the share lie between them.
    z = stats.norm.isf(LEVEL / 2) * np.sqrt(bound * (1 - bound)) + stats.norm.isf(1 - POWER) * np.sqrt(share * (1 - share))
    count = int(np.ceil((z / (sign * (share - bound))) ** 2))
    return f"If the share seen is the true one, {count:,} images would decide it with a probability of {100 * POWER:.0f} %."


def less_collapse(evidence: Evidence) -> Verdict:
    """KL of the digits drawn from the uniform distribution: smaller for LSGAN, WGAN and the relativistic GAN than for a GAN
    that collapses, i.e. misses digits, under the same budget (Welch, each at 5 %). Not supported if one is larger (5 % over
    three)."""
    others = ("lsgan", "wgan", "rsgan")
    runs = first_with(("gan", *others), [evidence.runs, evidence.beside.get("collapse", {})])
    if runs is None:
        said = "gan, lsgan, wgan and rsgan have no finished runs together; `run_all.sh --profile collapse` makes them."
        return evidence.lacking(said, "gan")
    records = {name: records_of(runs, name) for name in ("gan", *others)}
    kl = {name: numbers(found, "class_kl") for name, found in records.items()}
    modes = {name: np.mean([record["modes_found"] for record in found]) for name, found in records.items()}
    text = "; ".join(
        f"{name}: {modes[name]:.3g} of 10 digits, KL {spread(values, '{:.2f}')} nats, {counted(values, 'seed')}"
        for name, values in kl.items()
    )
    if modes["gan"] == 10:
        return Verdict(UNDECIDED, f"{text}. The GAN misses no digit here, so that there is no collapse to reduce.")
    if min(map(len, kl.values())) < MINIMUM_SEEDS:
        return Verdict(UNDECIDED, f"{text}. Fewer than {MINIMUM_SEEDS} seeds do not show their spread.")
    less, more = [rises(kl[name], kl["gan"]) for name in others], [rises(kl["gan"], kl[name]) for name in others]
    text += ". " + p_values("that KL is smaller than the GAN's, Welch's t", less, "that one's is larger", more, names=others)
    return decided(less, more, text)


CLAIMS = (
    Claim(
        "8",
        "The CGAN's label controls the digit.",
        "thesis §2.4, Fig. 5",
        "Both networks are told the label, so a generator that draws another digit is found out.",
        ("fig05_cgan_digits.png",),
        labels_obeyed,
    ),
    Claim(
        "10",
        "LSGAN, WGAN and the relativistic loss reduce mode collapse.",
        "S4",
        "A generator that is trained on against a discriminator that stands still gathers where that one errs; losses that do "
        "not saturate, or that compare generated images with real ones, pull it apart again.",
        ("fig06_mode_collapse.png",),
        less_collapse,
    ),
)
