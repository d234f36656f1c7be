"""Claims on the order of the methods: scores, stability, time."""

import numpy as np
from scipy import stats

from thesis_gan.comparison.rows import FID, IS
from thesis_gan.reproduction.claims.base import (
    MINIMUM_SEEDS,
    ORDER,
    UNDECIDED,
    Claim,
    Evidence,
    Verdict,
    as_p,
    counted,
    decided,
    deviation,
    records_of,
)
from thesis_gan.reproduction.claims.significance import rises, wider


def order_of_scores(evidence: Evidence) -> Verdict:
    """Welch's t, one-sided, between neighbours in the order, for IS and for FID: all four steps at 5 %. Not supported if a step
    goes the other way (5 % over four: Bonferroni)."""
    scores = {name: records_of(evidence.runs, name) for name in ORDER}
    if not all(scores.values()):
        return Verdict(UNDECIDED, evidence.lacking("Not all three methods have finished runs.", *ORDER))
    means = {key: [np.mean([record[key] for record in scores[name]]) for name in ORDER] for key in (IS, FID)}
    text = "; ".join(
        f"{name}: IS {means[IS][place]:.2f}{deviation([record[IS] for record in records], 2)}, "
        f"FID {means[FID][place]:.1f}{deviation([record[FID] for record in records])}, {counted(records, 'seed')}"
        for place, (name, records) in enumerate(scores.items())
    )
    if min(map(len, scores.values())) < MINIMUM_SEEDS:
        holds = all(np.diff(means[IS]) > 0) and all(np.diff(means[FID]) < 0)
        said = "in the claimed order" if holds else "not in the claimed order"
        return Verdict(UNDECIDED, f"{text}. The means are {said}, but fewer than {MINIMUM_SEEDS} seeds do not show their spread.")
    as_claimed, contrary = [], []
    for first, second in zip(ORDER, ORDER[1:]):
        for key, sign in ((IS, 1), (FID, -1)):
            sides = [[sign * record[key] for record in scores[name]] for name in (first, second)]
            as_claimed.append(rises(*sides))
            contrary.append(rises(*reversed(sides)))
    text += (
        f". One-sided p of the four steps of the order, Welch's t: largest {as_p(max(as_claimed))}; "
        f"of a step the other way: smallest {as_p(min(contrary))}."
    )
    return decided(as_claimed, contrary, text)


def steadier_training(evidence: Evidence) -> Verdict:
    """F test, one-sided: the seeds' log FID varies more for DCGAN than for WGAN, and than for WGAN-GP, both at 5 %, and no
    larger share of theirs diverges. Not supported if one of them varies more than DCGAN (5 % over two), or if Fisher's exact test
    finds more divergence."""
    scores = {name: [record[FID] for record in records_of(evidence.runs, name)] for name in ORDER}
    lost = {name: evidence.diverged.get(name, 0) for name in ORDER}
    text = "; ".join(
        f"{name}: "
        + (f"FID {np.mean(values):.1f}{deviation(values)}, " if values else "")
        + f"{counted(values, 'seed')}, {lost[name]} diverged"
        for name, values in scores.items()
    )
    if min(map(len, scores.values())) < MINIMUM_SEEDS:
        text += f". Stability is the spread of at least {MINIMUM_SEEDS} finished seeds of each."
        return Verdict(UNDECIDED, evidence.lacking(text, *ORDER))
    logs = {name: np.log(values) for name, values in scores.items()}
    steadier = [wider(logs["dcgan"], logs[name]) for name in ORDER[1:]]
    less_steady = [wider(logs[name], logs["dcgan"]) for name in ORDER[1:]]
    for name in ORDER[1:]:
        sides = [[lost[side], len(scores[side])] for side in (name, "dcgan")]
        less_steady.append(float(stats.fisher_exact(sides, alternative="greater")[1]))
    more_lost = any(
        lost[name] / (lost[name] + len(scores[name])) > lost["dcgan"] / (lost["dcgan"] + len(scores["dcgan"])) for name in ORDER
    )
    text += (
        f". One-sided p that log FID varies less than DCGAN's, F test: WGAN {as_p(steadier[0])}, WGAN-GP {as_p(steadier[1])}; "
        f"that one of them is less steady, or diverges more often: smallest {as_p(min(less_steady))}."
    )
    return decided([*steadier, 1.0 if more_lost else 0.0], less_steady, text)


def takes_longer(evidence: Evidence) -> Verdict:
    """Time of a generator step and of a pass over the data, WGAN's and WGAN-GP's against DCGAN's: both greater by both counts
    (Welch, 5 %). Not supported if one is faster per generator step (5 % over two); a pass alone does not refute it."""
    records = {name: records_of(evidence.runs, name) for name in ORDER}
    if not all(records.values()):
        return Verdict(UNDECIDED, evidence.lacking("Not all three methods have finished runs.", *ORDER))
    times = {
        unit: {name: [factor * record["minutes"] / record[of] for record in found] for name, found in records.items()}
        for unit, of, factor in (("s per pass", "passes", 60), ("ms per generator step", "generator_steps", 60000))
    }
    text = "; ".join(
        f"{name}: "
        + ", ".join(f"{np.mean(by_name[name]):.1f}{deviation(by_name[name])} {unit}" for unit, by_name in times.items())
        + f", {counted(records[name], 'seed')}"
        for name in ORDER
    )
    text += ". An epoch of the thesis may be either; runs went side by side, so times are rough."
    if min(map(len, records.values())) < MINIMUM_SEEDS:
        return Verdict(UNDECIDED, f"{text} Fewer than {MINIMUM_SEEDS} seeds do not show their spread.")
    longer = [rises(by_name["dcgan"], by_name[name]) for by_name in times.values() for name in ORDER[1:]]
    per_step = times["ms per generator step"]
    faster = [rises(per_step[name], per_step["dcgan"]) for name in ORDER[1:]]
    text += (
        f" One-sided p that they take longer, Welch's t: largest {as_p(max(longer))}; "
        f"that one is faster per step: smallest {as_p(min(faster))}."
    )
    return decided(longer, faster, text)


CLAIMS = (
    Claim(
        "1",
        "Inception Score rises and FID falls in the order DCGAN, WGAN, WGAN-GP.",
        "thesis, Table 1",
        "A distance that is smooth where the Jensen-Shannon divergence is not gives the generator a better gradient, and a "
        "penalty keeps the critic Lipschitz without clipping's loss of capacity; so each step of the order draws better digits.",
        ("fig03_dcgan_digits.png", "fig08_dcgan_wgan_digits.png", "fig13_wgan_wgan_gp_digits.png"),
        order_of_scores,
    ),
    Claim(
        "2",
        "WGAN and WGAN-GP train more stably.",
        "thesis §4",
        "With the critic trained towards its optimum there is no balance between the networks to be lost, so that training "
        "depends less on chance.",
        (),
        steadier_training,
    ),
    Claim(
        "7",
        "WGAN and WGAN-GP take longer per epoch.",
        "thesis §4",
        "Several critic steps go with each step of the generator, and the penalty adds a second derivative to each of them.",
        (),
        takes_longer,
    ),
)
