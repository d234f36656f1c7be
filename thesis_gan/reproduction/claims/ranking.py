"""Claims on the order of the methods: scores, stability, time."""

import numpy as np

from thesis_gan.comparison.rows import FID, IS, numbers
from thesis_gan.reproduction.claims.base import (
    MINIMUM_SEEDS,
    ORDER,
    UNDECIDED,
    Claim,
    Evidence,
    Verdict,
    counted,
    decided,
    p_values,
    records_of,
)
from thesis_gan.reproduction.claims.significance import above, more_often, rises, settled, wider
from thesis_gan.reproduction.studies import step_times
from thesis_gan.tables import spread


def order_of_scores(evidence: Evidence) -> Verdict:
    """Welch's t, one-sided, between neighbours in the order, for IS and for FID: all four steps at 5 %. Not supported if a step
    goes the other way (5 % over four: Bonferroni)."""
    scores = {name: records_of(evidence.runs, name) for name in ORDER}
    if not all(scores.values()):
        return evidence.lacking("Not all three methods have finished runs.", *ORDER)
    text = "; ".join(
        f"{name}: IS {spread(numbers(records, IS), '{:.2f}')}, FID {spread(numbers(records, FID), '{:.1f}')}, "
        f"{counted(records, 'seed')}"
        for name, records in scores.items()
    )
    if min(map(len, scores.values())) < MINIMUM_SEEDS:
        inception, distance = ([numbers(scores[name], key).mean() for name in ORDER] for key in (IS, FID))
        holds = all(np.diff(inception) > 0) and all(np.diff(distance) < 0)
        said = "in the claimed order" if holds else "not in the claimed order"
        return Verdict(UNDECIDED, f"{text}. The means are {said}, but fewer than {MINIMUM_SEEDS} seeds do not show their spread.")
    as_claimed, contrary = [], []
    for first, second in zip(ORDER, ORDER[1:]):
        for key, sign in ((IS, 1), (FID, -1)):
            sides = [sign * numbers(scores[name], key) for name in (first, second)]
            as_claimed.append(rises(*sides))
            contrary.append(rises(*reversed(sides)))
    text += ". " + p_values("of the four steps of the order, Welch's t", as_claimed, "of a step the other way", contrary)
    return decided(as_claimed, contrary, text)


def steadier_training(evidence: Evidence) -> Verdict:
    """F test, one-sided: the seeds' log FID varies more for DCGAN than for WGAN, and than for WGAN-GP, both at 5 %, and no
    larger share of theirs diverges. Not supported if one of them varies more than DCGAN, or if Fisher's exact test finds more
    divergence (5 % over these four)."""
    scores = {name: numbers(records_of(evidence.runs, name), FID) for name in ORDER}
    form = "{:.1f}"
    lost = {name: evidence.diverged.get(name, 0) for name in ORDER}
    text = "; ".join(
        f"{name}: {f'FID {spread(values, form)}, ' if len(values) else ''}{counted(values, 'seed')}, {lost[name]} diverged"
        for name, values in scores.items()
    )
    if min(map(len, scores.values())) < MINIMUM_SEEDS:
        text += f". Stability is the spread of at least {MINIMUM_SEEDS} finished seeds of each."
        return evidence.lacking(text, *ORDER)
    logs = {name: np.log(values) for name, values in scores.items()}
    steadier = [wider(logs["dcgan"], logs[name]) for name in ORDER[1:]]
    less_steady = [wider(logs[name], logs["dcgan"]) for name in ORDER[1:]]
    for name in ORDER[1:]:
        less_steady.append(more_often(*((lost[side], len(scores[side])) for side in (name, "dcgan"))))
    more_lost = any(
        lost[name] / (lost[name] + len(scores[name])) > lost["dcgan"] / (lost["dcgan"] + len(scores["dcgan"])) for name in ORDER
    )
    said, other = "that log FID varies less than DCGAN's, F test", "that one of them is less steady, or diverges more often"
    text += ". " + p_values(said, steadier, other, less_steady, names=("WGAN", "WGAN-GP"))
    return decided([*steadier, settled(not more_lost)], less_steady, text)


def takes_longer(evidence: Evidence) -> Verdict:
    """Time of a generator step with the critic steps that go with it, measured alone and in turn: WGAN's and WGAN-GP's both
    longer than DCGAN's (Student's t of the turns' log ratios, 5 %). Not supported if one is shorter (5 % over two). An epoch of
    the thesis may be a pass of the critic over the data too; that reading is said beside, and decides nothing: the reason that
    the claim gives is the critic steps of a generator step. Undecided if other work shared the core: if the process had less than
    90 % of the time."""
    if evidence.times is None:
        return Verdict(UNDECIDED, "There is no times.json; `thesis-gan times --output DIR` makes it, DIR being these results.")
    passes = evidence.times["batches_per_pass"]
    methods = {name: evidence.times["methods"][name] for name in ORDER}
    rounds = {name: step_times.round_ms(record) for name, record in methods.items()}
    in_pass = {name: passes / methods[name]["critic_steps"] * rounds[name] / 1000 for name in ORDER}
    text = "; ".join(
        f"{name}: {spread(rounds[name], '{:.1f}')} ms for a generator step with its "
        f"{counted(range(methods[name]['critic_steps']), 'critic step')}, {np.mean(in_pass[name]):.1f} s for a pass of the "
        "critic over the data"
        for name in ORDER
    )
    turns, busy = len(rounds["dcgan"]), step_times.share_of_time(evidence.times)
    text = (
        f"On {evidence.times['processor']}, {counted(range(evidence.times['threads']), 'thread')}, in {turns} turns, width "
        f"{evidence.times['width']}: {text}."
    )
    ratios = {name: np.log(rounds[name] / rounds["dcgan"]) for name in ORDER[1:]}
    in_pass_ratios = ", ".join(f"{name} {np.exp(np.mean(np.log(in_pass[name] / in_pass['dcgan']))):.2f}" for name in ORDER[1:])
    text += (
        " As shares of DCGAN's time: for a generator step "
        + ", ".join(f"{name} {np.exp(ratio.mean()):.2f}" for name, ratio in ratios.items())
        + f"; for a pass {in_pass_ratios}."
    )
    if busy < step_times.ALONE:
        return Verdict(UNDECIDED, f"{text} The process had {100 * busy:.0f}% of the time only; measure again on an idle core.")
    if turns < MINIMUM_SEEDS:
        return Verdict(UNDECIDED, f"{text} Fewer than {MINIMUM_SEEDS} turns do not show their spread.")
    longer, shorter = ([above(sign * ratio, 0) for ratio in ratios.values()] for sign in (1, -1))
    text += " " + p_values("that a generator step takes longer, Student's t", longer, "that one is shorter", shorter)
    return decided(longer, shorter, text, each="turns")


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
        ("fid_by_time.png",),
        takes_longer,
    ),
)
