"""A run made longer: when it equals, bit for bit, one that was that long from the start."""

from thesis_gan.config import Settings
from thesis_gan.methods import Method
from thesis_gan.training.budget import budget

LENGTH = ("epochs", "generator_steps")  # the settings that say where a run ends


def continues(method: Method, then: Settings) -> bool:
    """Whether a run under ``then`` is the beginning of a run of ``method``, or all of it."""
    return not method.settings.differences(then, but=LENGTH) and not why_not(method, then)


def why_not(method: Method, then: Settings) -> str:
    """Why a run under ``then`` cannot be taken to where a run of ``method`` ends; "" if it can.

    Of the settings, only those of the length are looked at.
    """
    had, wanted = (budget(settings).generator_steps for settings in (then, method.settings))
    if wanted < had:
        return f"it is of {had} generator steps and {wanted} are asked for; a run can be made longer, but not shorter"
    if wanted > had and method.shares_of_the_run:
        shares = " and ".join(method.shares_of_the_run)
        return f"its {shares} is a share of the whole run, so that one of {wanted} generator steps is another from the first on"
    return ""
