"""Runs, and evidence of experiments, made up for the judges of claims."""

from types import SimpleNamespace

import numpy as np
from helpers import settings_of

from thesis_gan import methods
from thesis_gan.reproduction.claims.base import Evidence
from thesis_gan.reproduction.plan import THESIS, THESIS_OVERRIDES
from thesis_gan.reproduction.table1 import FID, IS
from thesis_gan.runs.run import Run

ORDER = ("dcgan", "wgan", "wgan-gp")


class MadeUpRun(SimpleNamespace):
    """What the judges see of a run; what follows from its name is as of a real one."""

    in_table, group = Run.in_table, Run.group


def run_of(method, seed=0, name=None, history=None, curve=None, profile="smoke", overrides=(), **metrics):
    return MadeUpRun(
        name=name or f"{method}-seed{seed}",
        seed=seed,
        profile=profile,
        method=methods.find(method),
        config={"method": method, "seed": seed},
        settings=settings_of(method, *overrides, profile=profile),
        metrics=metrics,
        history={key: np.array(column, float) for key, column in (history or {}).items()},
        curve={key: np.array(column, float) for key, column in (curve or history or {}).items()},
    )


def judged(judge, runs, **evidence):
    return judge(Evidence(runs, **evidence))


def by_name(*runs):
    return {run.name: run for run in runs}


def scored(scores, distances, seeds=3, spread=0.01):
    """Runs of the three methods, the seeds' scores going up and their distances down from these by ``spread``."""
    return by_name(
        *(
            run_of(name, seed, **{IS: score + spread * seed, FID: distance - spread * seed})
            for name, score, distance in zip(ORDER, scores, distances)
            for seed in range(seeds)
        )
    )


def steadiness(dcgan, wgan, wgan_gp):
    """Runs whose log FID varies so much over three seeds."""
    return by_name(
        *(
            run_of(name, seed, **{IS: 5.0, FID: 100 * np.exp(spread * (seed - 1))})
            for name, spread in zip(ORDER, (dcgan, wgan, wgan_gp))
            for seed in range(3)
        )
    )


EPOCHS = 10


WARM_UP = 4  # WGAN's first four epochs are the 30 and 15 steps


def courses(dcgan, wgan, wgan_gp, seeds=3, warm_up=(99.0,) * WARM_UP):
    """Runs and sample quality, which falls from 10 to 1 after the warm-up; each estimate is given over those epochs."""
    runs, distances = [], {}
    for name, course in zip(ORDER, (dcgan, wgan, wgan_gp)):
        for seed in range(seeds):
            before = list(warm_up) if name == "wgan" else []
            column = np.array([*before, *course], float)
            column[-1 - seed] += 1e-3  # seeds differ a little
            number = np.arange(len(column)) + 1
            history = {"epoch": number, "passes": number, "critic_loss": 2 * (np.log(2) - column)}
            if name != "dcgan":
                history["wasserstein"] = column
            runs.append(run_of(name, seed, history=history))
            distances[runs[-1].name] = dict(zip(map(str, number), [*[50.0] * len(before), *np.linspace(10, 1, EPOCHS)]))
    return by_name(*runs), distances


FALLING, RISING = np.linspace(5, 1, EPOCHS), np.linspace(1, 5, EPOCHS)


def first_epochs(plain, scheduled, seeds=3, means=None):
    """Runs whose estimate goes so over the windows of the first epochs, and so, if ``means`` are given, over those epochs."""
    runs = []
    for place, (name, estimate) in enumerate((("wgan-plain5", plain), ("wgan", scheduled))):
        for seed in range(seeds):
            columns = [
                {"epoch": np.arange(len(values)) + 1, "wasserstein": np.add(values, 0.01 * seed)}
                for values in (estimate, means[place] if means else estimate)
            ]
            runs.append(run_of("wgan", seed, f"{name}-seed{seed}", curve=columns[0], history=columns[1]))
    return by_name(*runs)


FALLS, RISES_FIRST, TURNS_NEGATIVE = [6, 5, 4, 3, 2, 1], [1, 3, 2, 1.5, 1.2, 1], [4, 3, 2, 1, -0.8, -0.7]


def accuracies(*accuracy, profile="thesis", name=None, overrides=THESIS_OVERRIDES):
    history = {"epoch": np.arange(len(accuracy)) + 1, "accuracy": accuracy}
    return by_name(run_of("dcgan", name=name, profile=profile, overrides=overrides, history=history))


def standing_still(share=0.99, saturating=0.001, least_squares=0.001, seeds=3):
    """perfect.json: D's estimate ends at this share of log 2, gradients at these multiples of their first norms."""
    records = []
    ends = {"saturating": saturating, "non-saturating": 10.0, "least-squares": least_squares, "least-squares, regularised": 2.0}
    for seed in range(seeds):
        for game, losses in (("probability", list(ends)[:2]), ("least squares", list(ends)[2:])):
            for noise in (False, True):
                loss = np.linspace(1.4, 2 * np.log(2) * (1 - share) * (1 + seed / 100), 5).tolist()
                norms = {name: [2.0, 2.0 * ends[name] * (1 + seed / 10)] for name in losses}
                record = {"game": game, "noise": noise, "seed": seed, "accuracy": [0.5, 0.9, 1.0, 1.0, 1.0], "critic_loss": loss}
                records.append({**record, "looks": [0, 4], "gradient_norms": norms})
    return {"discriminators": records}


TUNED = accuracies(0.5, 0.6, 0.7, profile="quick", overrides=())


def beside_the_table(*accuracy, seeds=1, first=0):
    """The short runs that a profile makes whose own dcgan has other settings, each seed a little lower than the one before."""
    runs = {}
    for seed in range(first, first + seeds):
        lower = [value - 0.001 * seed for value in accuracy]
        runs.update(accuracies(*lower, profile="quick", name=f"{THESIS}-seed{seed}"))
    return runs


def critics(clipped=(0.1, 5.0), penalised=(1.0, 2.0), share=0.7, seeds=3):
    """toy.json: from norm to norm over the layers of the deep critics, and the share of weights at their bounds."""
    deep = []
    for name, clip, (first, last) in (
        ("clip 0.1", 0.1, clipped),
        ("clip 0.01", 0.01, clipped[::-1]),
        ("penalty", None, penalised),
    ):
        for seed in range(seeds):
            norms = np.geomspace(first * (1 + seed / 100), last, 6).tolist()
            record = {"constraint": name, "clip": clip, "seed": seed, "norms": {"0": [9.0] * 6, "10": norms, "20": norms}}
            deep.append(record if clip is None else {**record, "share_at_bounds": 0.3})
    surfaces = [{"clip": clip, "share_at_bounds": share + 0.01 * place} for place in range(3) for clip in (0.1, None)]
    return {"deep": deep, "critics": surfaces}


def timed(dcgan, wgan, wgan_gp, turns=4, share=1.0, spread=0.01, generator=10.0):
    """times.json: milliseconds of a critic step, 1 per generator step of DCGAN and 5 of the others."""
    methods_ = {}
    for place, (name, critic) in enumerate(zip(("dcgan", "cgan", "wgan", "wgan-gp"), (dcgan, dcgan, wgan, wgan_gp))):
        course = critic * (1 + spread * np.sin(np.arange(turns) + place))
        methods_[name] = {"critic_steps": 1 if name in ("dcgan", "cgan") else 5, "critic_ms": course.tolist()}
        methods_[name].update(generator_ms=[generator] * turns, share_of_time=[share] * turns)
    about = {"processor": "a processor", "threads": 1, "width": 32, "batch_size": 64, "batches_per_pass": 937}
    return {**about, "methods": methods_}


def obeying(*shares, count=10000):
    return by_name(*(run_of("cgan", seed, label_accuracy=share, num_samples=count) for seed, share in enumerate(shares)))


def rivals(lsgan, regularised, seeds=3):
    return by_name(
        *(
            run_of(name, seed, **{FID: distance + 0.1 * seed})
            for name, distance in (("lsgan", lsgan), ("lsgan-reg", regularised))
            for seed in range(seeds)
        )
    )


def collapsing(gan, lsgan, wgan, rsgan, seeds=3, modes=4):
    return by_name(
        *(
            run_of(name, seed, class_kl=kl + 0.01 * seed, modes_found=modes)
            for name, kl in (("gan", gan), ("lsgan", lsgan), ("wgan", wgan), ("rsgan", rsgan))
            for seed in range(seeds)
        )
    )
