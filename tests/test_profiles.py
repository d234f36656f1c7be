"""Settings: which value wins, where it comes from, and what is refused."""

import json
import re

import pytest
from helpers import settings_of

from thesis_gan import methods
from thesis_gan.data.points import Points
from thesis_gan.errors import UserError
from thesis_gan.methods import Method
from thesis_gan.profiles import PROFILES, profile, resolve
from thesis_gan.settings import SETTINGS, Settings, Value

NUMERIC = [name for name, setting in SETTINGS.items() if setting.minimum is not None]
WITH_CHOICES = [name for name, setting in SETTINGS.items() if setting.choices]


class Example(Method):
    """A method, without a name and so in no list, that gives one setting in each place."""

    defaults = {name: Value(value, "ours: defaults") for name, value in (("beta1", 0.25), ("width", 3), ("z_size", 7))}
    tuned = {"beta1": Value(0.75, "ours: tuned"), "width": Value(5, "ours: tuned")}


class Untuned(Example):
    tuned = {}


def value_and_origin(settings, name):
    entry = settings.to_json()[name]
    return entry["value"], entry["origin"]


def test_common_default_holds_where_nothing_overrides_it():
    assert value_and_origin(resolve(Example, "thesis"), "batch_size") == (64, SETTINGS["batch_size"].default.origin)


def test_methods_default_overrides_the_common_one():
    assert value_and_origin(resolve(Example, "thesis"), "z_size") == (7, "ours: defaults")


def test_tuned_value_overrides_the_methods_default_where_the_profile_says_so():
    assert value_and_origin(resolve(Example, "quick"), "beta1") == (0.75, "ours: tuned")
    assert value_and_origin(resolve(Example, "thesis"), "beta1") == (0.25, "ours: defaults")


def test_profiles_value_overrides_the_methods_default():
    expected = (PROFILES["quick"].settings["width"], "ours: profile quick")
    assert value_and_origin(resolve(Untuned, "quick"), "width") == expected


def test_tuned_value_overrides_the_profiles_own():
    assert value_and_origin(resolve(Example, "smoke"), "width") == (5, "ours: tuned")


def test_smoke_is_as_wide_as_it_says_and_the_cgan_is_wider_where_it_is_to_be_read():
    assert {settings_of(name, profile="smoke").width for name in methods.names()} == {PROFILES["smoke"].settings["width"]}
    assert [settings_of("cgan", profile=name).width for name in ("quick", "standard", "thesis", "s1-quick")] == [32, 32, 32, 16]


def test_command_line_overrides_everything():
    settings = resolve(Example, "smoke", ["width=9", "beta1=0.5"])
    assert value_and_origin(settings, "width") == (9, "command line")
    assert value_and_origin(settings, "beta1") == (0.5, "command line")


def test_last_of_two_command_line_values_wins():
    assert resolve(Example, "smoke", ["width=9", "width=8"]).width == 8


@pytest.mark.parametrize("name", ["dcgan", "cgan"])
def test_thesis_profile_has_the_thesis_values_of_the_gans(name):
    settings = settings_of(name, profile="thesis")
    assert (settings.learning_rate, settings.epochs, settings.generator_steps) == (0.0002, 260, 0)
    assert (str(settings.critic_schedule), settings.generator_loss, settings.beta1) == ("1", "non-saturating", 0.5)
    assert (settings.z_size, settings.train_images, settings.critic_norm) == (100, 60000, "batch")


def test_thesis_profile_is_32_wide_and_keeps_the_generator_of_every_tenth_epoch():
    for name in methods.names(in_thesis=True):
        settings = settings_of(name, profile="thesis")
        assert (settings.width, settings.snapshot_epochs) == (32, 10)


def test_thesis_profile_expands_the_cgans_label_to_100():
    assert settings_of("cgan", profile="thesis").label_size == 100


def test_thesis_profile_has_the_thesis_values_of_wgan():
    settings = settings_of("wgan", profile="thesis")
    assert (settings.learning_rate, settings.clip, str(settings.critic_schedule)) == (0.003, 0.03, "30x2,15x2,5")
    assert (settings.epochs, settings.critic_norm) == (260, "batch")


def test_thesis_profile_gives_wgan_gp_the_optimizer_of_wgan():
    wgan, wgan_gp = (settings_of(name, profile="thesis") for name in ("wgan", "wgan-gp"))
    assert (wgan_gp.optimizer, wgan_gp.learning_rate, wgan_gp.decay) == ("rmsprop", 0.003, 0.9)
    assert (wgan.optimizer, wgan.learning_rate, wgan.decay) == ("rmsprop", 0.003, 0.9)


def test_thesis_profile_penalises_wgan_gp_by_10_without_a_norm():
    settings = settings_of("wgan-gp", profile="thesis")
    assert (settings.penalty_weight, settings.critic_norm, str(settings.critic_schedule)) == (10, "none", "5")


@pytest.mark.parametrize("name", methods.names())
@pytest.mark.parametrize("profile_name", list(PROFILES))
def test_every_method_resolves_under_every_profile(name, profile_name):
    assert settings_of(name, profile=profile_name).batch_size >= 1


@pytest.mark.parametrize("name", methods.names())
def test_quick_trains_every_method_for_the_same_number_of_generator_steps(name):
    assert settings_of(name, profile="quick").generator_steps == PROFILES["quick"].settings["generator_steps"]


def test_unknown_profile_is_an_error_that_lists_the_valid_ones():
    with pytest.raises(UserError, match=r"no profile 'huge'.*smoke, quick, standard, thesis"):
        profile("huge")


def test_unknown_setting_is_an_error_that_lists_the_valid_ones_and_suggests_the_nearest():
    with pytest.raises(UserError) as error:
        settings_of("wgan", "learning_rat=1")
    assert "no setting 'learning_rat'" in str(error.value)
    assert "did you mean learning_rate?" in str(error.value)
    for name in settings_of("wgan").to_json():
        assert name in str(error.value)


def test_setting_like_no_other_gets_no_suggestion():
    with pytest.raises(UserError) as error:
        settings_of("wgan", "zzzz=1")
    assert "did you mean" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "override"),
    [("dcgan", "clip=0.1"), ("wgan", "penalty_weight=10"), ("wgan", "generator_loss=saturating"), ("dcgan", "noise_std=1")],
)
def test_setting_of_another_method_is_refused(name, override):
    with pytest.raises(UserError, match="There is no setting"):
        settings_of(name, override)


@pytest.mark.parametrize("name", methods.names())
@pytest.mark.parametrize("override", ["optimizer=adam", "optimizer=rmsprop", "beta1=0.25", "beta2=0.75", "decay=0.5"])
def test_optimizers_settings_are_common_to_all_methods(name, override):
    key, _, text = override.partition("=")
    assert value_and_origin(settings_of(name, override), key) == (SETTINGS[key].parse(text), "command line")


@pytest.mark.parametrize("override", ["width", "", "="])
def test_override_that_is_no_key_and_value_is_refused(override):
    with pytest.raises(UserError):
        settings_of("dcgan", override)


@pytest.mark.parametrize("name", NUMERIC)
@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "many", "", "1e", "None"])
def test_numeric_setting_refuses_what_is_no_finite_number(name, text):
    with pytest.raises(UserError, match=f"Setting {name} cannot be '{re.escape(text)}': it is "):
        SETTINGS[name].check(text)


@pytest.mark.parametrize("name", NUMERIC)
def test_numeric_setting_refuses_nan_and_infinity_as_numbers(name):
    for number in (float("nan"), float("inf"), float("-inf")):
        with pytest.raises(UserError, match=f"Setting {name} cannot be"):
            SETTINGS[name].check(number)


@pytest.mark.parametrize("name", NUMERIC)
def test_numeric_setting_takes_its_bounds_and_nothing_beyond(name):
    setting = SETTINGS[name]
    assert setting.check(setting.minimum) == setting.minimum
    assert setting.check(setting.maximum) == setting.maximum
    below = setting.minimum - (1 if setting.parse(setting.minimum) == int(setting.minimum) else setting.minimum / 2)
    bounds = re.escape(f"from {setting.minimum:.12g} to {setting.maximum:.12g}")
    for number in (below, setting.maximum + 1):
        with pytest.raises(UserError, match=f"Setting {name} cannot be .*{bounds}"):
            SETTINGS[name].check(number)


@pytest.mark.parametrize("name", ["epochs", "batch_size", "width", "label_size", "num_samples"])
def test_whole_number_is_not_rounded_for_the_user(name):
    for given in ("64.5", 64.5):
        with pytest.raises(UserError, match=f"Setting {name} cannot be"):
            SETTINGS[name].check(given)
    assert SETTINGS[name].check(200.0) == 200


@pytest.mark.parametrize("name", WITH_CHOICES)
def test_setting_with_choices_takes_each_and_no_other(name):
    for choice in SETTINGS[name].choices:
        assert SETTINGS[name].check(choice) == choice
    choices = ", ".join(map(str, SETTINGS[name].choices))
    with pytest.raises(UserError, match=f"Setting {name} cannot be 'other'.*one of {choices}"):
        SETTINGS[name].check("other")


@pytest.mark.parametrize("text", ["0", "30x2", "often"])
def test_schedule_that_is_none_is_refused_with_an_example(text):
    with pytest.raises(UserError, match=r"Setting critic_schedule cannot be .*30x2,15x2,5"):
        settings_of("wgan", f"critic_schedule={text}")


@pytest.mark.parametrize("size", ["15", "109"])
def test_label_size_that_cannot_be_had_by_repeating_each_class_is_refused(size):
    with pytest.raises(UserError, match="label_size"):
        settings_of("cgan", f"label_size={size}")


def test_training_without_an_end_is_refused():
    with pytest.raises(UserError, match="epochs or generator_steps"):
        settings_of("dcgan", "epochs=0", "generator_steps=0")


def test_batch_larger_than_the_data_is_refused():
    with pytest.raises(UserError, match="batch_size is 641, more than the 640 train_images"):
        settings_of("dcgan", "batch_size=641")


def test_setting_that_the_method_lacks_is_no_attribute():
    with pytest.raises(AttributeError, match="no setting clip"):
        _ = settings_of("dcgan").clip


@pytest.mark.parametrize("name", methods.names())
def test_settings_survive_json(name):
    settings = settings_of(name, "learning_rate=0.1")
    content = json.loads(json.dumps(settings.to_json()))
    again = Settings.from_json(content)
    assert again.to_json() == settings.to_json()
    assert again.differences(settings) == []
    assert again.critic_schedule == settings.critic_schedule


@pytest.mark.parametrize(("name", "value"), [("no_such", 1), ("width", 0), ("width", None), ("critic_norm", "group")])
def test_settings_in_json_are_checked(name, value):
    content = settings_of("dcgan").to_json()
    content[name] = {"value": value, "origin": "ours"}
    with pytest.raises(UserError, match=name):
        Settings.from_json(content)


def test_differences_name_each_setting_with_both_values():
    now, then = settings_of("wgan", "clip=0.5", "critic_schedule=5"), settings_of("wgan")
    assert now.differences(then) == ["clip is now 0.5, was 0.03", "critic_schedule is now 5, was 30x2,15x2,5"]


def test_differences_name_settings_that_only_one_of_the_two_has():
    lines = settings_of("wgan").differences(settings_of("dcgan"))
    assert "clip is now 0.03, was None" in lines
    assert "generator_loss is now None, was non-saturating" in lines


def test_what_changes_no_result_is_no_difference():
    assert settings_of("wgan", "checkpoint_minutes=1", "snapshot_epochs=3").differences(settings_of("wgan")) == []


def test_the_same_value_from_another_origin_is_no_difference():
    assert settings_of("wgan", "clip=0.03").differences(settings_of("wgan")) == []


def all_values():
    for name, setting in SETTINGS.items():
        if setting.default is not None:
            yield pytest.param(name, setting.default, id=f"common {name}")
    for method in methods.names():
        kind = methods.find(method)
        for place, values in (
            ("defaults", kind.defaults),
            ("tuned", kind.tuned),
            ("on points", kind.on_points),
            ("on pictures", kind.on_pictures),
            *kind.under_profile.items(),
        ):
            for name, value in values.items():
                yield pytest.param(name, value, id=f"{method} {place} {name}")
    for name, value in Points.settings.items():
        yield pytest.param(name, value, id=f"points {name}")
    for profile_name, chosen in PROFILES.items():
        for name, value in chosen.settings.items():
            value = value if isinstance(value, Value) else Value(value, "ours")
            yield pytest.param(name, value, id=f"{profile_name} {name}")


def test_methods_have_settings_of_their_own_under_profiles_that_exist():
    for name in methods.names():
        assert set(methods.find(name).under_profile) <= set(PROFILES)


def test_what_was_tuned_on_digits_is_not_taken_for_pictures_of_other_things():
    for name in ("dcgan", "cgan", "noisy-gan"):
        rates = [
            settings_of(name, *of, profile="quick").learning_rate
            for of in ((), ("data=faces",), ("data=faces", "learning_rate=0.1"))
        ]
        assert rates == [{"cgan": 0.001}.get(name, 0.004), 0.0005, 0.1]
        assert settings_of(name, profile="faces-quick").learning_rate == 0.0005
        assert settings_of(name, "data=faces", profile="thesis").learning_rate == 0.0002
    for name in ("gan", "dragan", "lsgan"):  # which have a rate of their own
        assert settings_of(name, "data=faces", profile="quick").learning_rate == 0.001


def test_setting_under_a_profile_overrides_the_profile():
    assert value_and_origin(settings_of("wgan", profile="s1"), "optimizer") == ("rmsprop", "S1: RMSProp for WGAN")
    assert value_and_origin(settings_of("dcgan", profile="s1"), "optimizer") == ("adam", "S1: all but WGAN")


def test_setting_younger_than_a_file_has_the_methods_default():
    content = settings_of("cgan").to_json()
    for name in ("conditional", "architecture", "skip_above"):
        del content[name]
    settings = Settings.from_json(content, methods.find("cgan"))
    assert (settings.conditional, settings.architecture, settings.skip_above) == ("yes", "dcgan", 1)
    assert settings.width == settings_of("cgan").width


@pytest.mark.parametrize(("name", "value"), all_values())
def test_every_value_is_valid_and_says_where_it_comes_from(name, value):
    assert re.match(r"(thesis|paper|S[1-4]|ours)\b", value.origin)
    SETTINGS[name].check(value.value)
