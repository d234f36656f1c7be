"""The runs that are no row of the table: planned where a figure or a claim needs them, as long as it needs them."""

from pathlib import Path

import pytest
from helpers import settings_of

from thesis_gan import methods
from thesis_gan.profiles import PROFILES, resolve
from thesis_gan.reproduction.plan import (
    COMPARISONS,
    THESIS,
    THESIS_OVERRIDES,
    THESIS_SETTINGS,
    WGAN_PLAIN,
    default_methods,
    plan,
    unlike_thesis,
)

OF_THE_THESIS = [name for name in PROFILES if name not in COMPARISONS]


def planned(profile, names=None, seeds=1):
    return {run.folder.name: run for run in plan(profile, names or default_methods(profile), seeds, Path("results"))}


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_of_the_thesis_has_a_dcgan_under_the_thesis_settings_once_per_seed(profile):
    found = planned(profile, seeds=2)
    like = [
        name
        for name, run in found.items()
        if run.method == "dcgan" and not unlike_thesis(resolve(methods.find("dcgan"), profile, run.overrides))
    ]
    if profile in OF_THE_THESIS:
        assert sorted(like) == [f"{THESIS}-seed0", f"{THESIS}-seed1"]
    assert (f"{THESIS}-seed0" in found) == (profile in OF_THE_THESIS)


@pytest.mark.parametrize("profile", OF_THE_THESIS)
def test_run_under_the_thesis_settings_makes_three_epochs_and_twenty_in_the_thesis_profile(profile):
    run = planned(profile)[f"{THESIS}-seed0"]
    settings = settings_of("dcgan", *THESIS_OVERRIDES, profile=profile)
    assert run.job.total.generator_steps == (20 if profile == "thesis" else 3) * (settings.train_images // settings.batch_size)


def test_its_settings_are_the_methods_own():
    thesis = settings_of("dcgan", *THESIS_OVERRIDES, profile="thesis").to_json()
    assert {name: str(thesis[name]["value"]) for name in THESIS_SETTINGS} == THESIS_SETTINGS
    assert all(methods.find("dcgan").defaults[name].origin.startswith("thesis") for name in THESIS_SETTINGS)


def test_settings_unlike_the_thesis_are_named_with_their_values():
    assert unlike_thesis(settings_of("dcgan", *THESIS_OVERRIDES)) == []
    changed = settings_of("dcgan", *THESIS_OVERRIDES, "critic_schedule=2x1,1", "learning_rate=0.01", "width=3")
    assert unlike_thesis(changed) == ["learning_rate 0.01", "critic_schedule 2x1,1"]


@pytest.mark.parametrize(("method", "extra"), [("dcgan", THESIS), ("wgan", WGAN_PLAIN), ("cgan", None), ("wgan-gp", None)])
def test_runs_beside_the_table_go_with_their_method(method, extra):
    beside = {f"{extra}-seed0"} if extra else set()
    assert set(planned("quick", [method])) == {f"{method}-seed0"} | beside
