"""Claims on the digits that are drawn: labels, mode collapse."""

import numpy as np

from thesis_gan.comparison.rows import numbers
from thesis_gan.reproduction.claims.base import (
    MINIMUM_SEEDS,
    UNDECIDED,
    Claim,
    Evidence,
    Verdict,
    counted,
    decided,
    first_with,
    of_profile,
    p_values,
    records_of,
)
from thesis_gan.reproduction.claims.significance import above, interval, rises
from thesis_gan.tables import each, spread


def labels_obeyed(evidence: Evidence) -> Verdict:
    """Share of CGAN's digits in which the classifier sees the digit asked for: above 90 % (Student's t over seeds, 5 %). Not
    supported if it is below 50 % (5 %)."""
    records = records_of(evidence.runs, "cgan")
    if not records:
        return evidence.lacking("There is no finished run of cgan.", "cgan")
    shares = numbers(records, "label_accuracy")
    count = f"{counted(shares, 'seed')} of {each(record['num_samples'] for record in records)} images"
    text = f"The classifier sees the digit asked for in {spread(100 * shares, '{:.1f}%')} of the images, {count}"
    if len(shares) < MINIMUM_SEEDS:
        return Verdict(UNDECIDED, f"{text}. Fewer than {MINIMUM_SEEDS} seeds do not show their spread.")
    low, high = interval(100 * shares)
    obeyed, not_obeyed = [above(shares, 0.9)], [above(-shares, -0.5)]
    text += f" (95% interval {low:.1f} to {high:.1f}%). "
    text += p_values("that it is above 90%, Student's t", obeyed, "that it is below 50%", not_obeyed)
    return decided(obeyed, not_obeyed, text, each="seeds")


def less_collapse(evidence: Evidence) -> Verdict:
    """KL of the digits drawn from the uniform distribution: smaller for LSGAN, WGAN and the relativistic GAN than for a GAN
    that collapses, i.e. misses digits, under the same budget (Welch, each at 5 %). Not supported if one is larger (5 % over
    three)."""
    others = ("lsgan", "wgan", "rsgan")
    places = {"": evidence.runs, "collapse": evidence.beside.get("collapse", {})}
    place, runs = first_with(("gan", *others), places)
    if runs is None:
        said = "gan, lsgan, wgan and rsgan have no finished runs together; `run_all.sh --profile collapse` makes them."
        return evidence.lacking(said, "gan")
    records = {name: records_of(runs, name) for name in ("gan", *others)}
    kl = {name: numbers(found, "class_kl") for name, found in records.items()}
    modes = {name: np.mean([record["modes_found"] for record in found]) for name, found in records.items()}
    text = of_profile(place) + "; ".join(
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
