"""The figure of §3.1: what perfect_discriminator.py found, drawn."""

from pathlib import Path
from typing import Any, Dict, List

import numpy as np

from thesis_gan.runs import figure_style as style

PERFECT = "sec31_perfect_discriminator.png"
CAPTIONS = {
    PERFECT: "§3.1: a discriminator trained against an early generator that stands still, with and without instance noise."
}
LOSSES = ("saturating", "non-saturating", "least-squares", "least-squares, regularised")


def draw(folder: Path, evidence: Dict[str, Any]) -> None:
    """Write the figure to ``folder``. evidence: what perfect.json holds."""
    size = evidence["size"]
    style.save(
        four_panels(evidence["discriminators"]),
        folder / PERFECT,
        [
            f"MNIST; DCGAN of width {size['width']}, batch 64, generator stopped after {size['early_steps']} steps under the "
            f"thesis's settings; new D, {size['steps']} steps of Adam, learning rate 0.0002 (least squares: 0.0001); "
            f"{size['seeds']} seeds.",
            f"Instance noise: deviation {evidence['noise_std']:g} at first, in a straight line to 0 at "
            f"{100 * evidence['noise_share']:g} % of the steps. "
            "Lines: mean over seeds (gradients: geometric); bands: their range.",
        ],
    )


def four_panels(records: List[Dict[str, Any]]) -> "style.pyplot.Figure":
    """D's accuracy and its estimate of the divergence; below, the generator's gradient without noise and with it."""
    figure, axes = style.pyplot.subplots(2, 2, figsize=(10, 7.2), sharex=True)
    for look, (noisy, label) in zip(style.STYLES, ((False, "no noise"), (True, "annealed instance noise"))):
        chosen = [record for record in records if record["noise"] == noisy and record["game"] == "probability"]
        steps = np.arange(len(chosen[0]["accuracy"]))
        plain = {**look, "marker": ""}
        accuracies = [record["accuracy"] for record in chosen]
        divergences = [np.log(2) - np.array(record["critic_loss"]) / 2 for record in chosen]
        for axis, courses in ((axes[0, 0], accuracies), (axes[0, 1], divergences)):
            style.band(axis, steps, np.mean(courses, axis=0), courses, label=label, linewidth=1.2, **plain)
    axes[0, 0].set_title("accuracy of D", fontsize=10)
    axes[0, 0].set_ylabel("share of a fresh batch told rightly")
    axes[0, 1].set_title("D's estimate of the Jensen-Shannon divergence", fontsize=10)
    axes[0, 1].set(ylabel="divergence (nats)", ylim=(-0.3, 0.78))
    axes[0, 1].axhline(np.log(2), color="0.3", linewidth=0.8)
    axes[0, 1].text(0.01, np.log(2) + 0.01, "log 2", fontsize=8, transform=axes[0, 1].get_yaxis_transform())
    for axis, noisy, title in ((axes[1, 0], False, "no noise"), (axes[1, 1], True, "annealed instance noise")):
        for look, loss in zip(style.STYLES, LOSSES):
            chosen = [record for record in records if record["noise"] == noisy and loss in record["gradient_norms"]]
            norms = np.array([record["gradient_norms"][loss] for record in chosen])
            middle = np.exp(np.log(norms).mean(axis=0))
            style.band(axis, chosen[0]["looks"], middle, norms, label=loss, linewidth=1.2, markersize=4, **look)
        axis.set_title(f"generator's gradient, {title}", fontsize=10)
        axis.set(yscale="log", xlabel="steps that D has been trained", ylabel="‖∂ loss / ∂ parameters of G‖")
    axes[1, 1].sharey(axes[1, 0])
    for axis in axes.flat:
        axis.legend(fontsize=8)
    return figure
