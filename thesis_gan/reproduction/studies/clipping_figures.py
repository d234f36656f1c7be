"""Fig. 11 and the figures of §2.1, §3.1: what clipping.py and divergences.py found, drawn."""

from pathlib import Path
from typing import Any, Dict, List, Sequence

import numpy as np

from thesis_gan.reproduction.studies import SMALLEST
from thesis_gan.runs import figure_style as style
from thesis_gan.training.plane_picture import draw_surface

SURFACES, NORMS, WEIGHTS = "fig11_value_surfaces.png", "fig11_gradient_norms.png", "fig11_weights.png"
TITLES = {"8gaussians": "8 Gaussians", "25gaussians": "25 Gaussians", "swissroll": "Swiss roll"}
KNOWN, DISJOINT = "sec21_best_discriminator.png", "sec31_disjoint_supports.png"
CAPTIONS = {
    SURFACES: "Fig. 11: value surfaces of optimal critics, weights clipped and gradient penalised, with the data.",
    NORMS: "Fig. 11: gradient norm by layer of a deep critic on the Swiss roll.",
    WEIGHTS: "Fig. 11: weights of these deep critics after training; where clipping lets no gradient through, as drawn.",
    KNOWN: "§2.1: the discriminator trained on known densities, and p / (p + q).",
    DISJOINT: "§3.1: divergence and distance of supports that do not meet, estimated and in closed form.",
}


def draw(folder: Path, surfaces: Sequence[Any], evidence: Dict[str, Any]) -> None:
    """Write all five figures to ``folder``. surfaces: of toy.Surface.  evidence: what toy.json holds."""
    size = evidence["size"]
    noise = f"Generated points: data + N(0, {evidence['noise']:g}²) noise, standing still."
    optimizers = (
        "Clipped: RMSProp, learning rate c/50, first weights N(0, (c/2)²). Penalty: weight 10, Adam (0, 0.9), 0.001, He's."
    )
    shallow = (
        f"Critics of {size['depth']} layers, {size['units']} units, {size['steps']} steps, batch {size['batch_size']}, seed 0."
    )
    deep = (
        f"Critics of {size['deep_depth']} layers, {size['deep_units']} units, {size['deep_steps']} steps, "
        f"batch {size['deep_batch_size']}, {size['seeds']} seeds; Swiss roll."
    )
    trained = (
        f"Three layers of 64 units, {evidence['steps']} steps of Adam (0, 0.9), learning rate 0.002 falling to 0, batch 512."
    )
    style.save(value_surfaces(surfaces), folder / SURFACES, [noise, shallow, optimizers])
    style.save(
        norms_by_layer(evidence["deep"]), folder / NORMS, [noise, f"{deep} Norms below {SMALLEST:g} are drawn there.", optimizers]
    )
    style.save(weights(evidence["deep"]), folder / WEIGHTS, [noise, deep + " The weights are those of seed 0.", optimizers])
    style.save(best_discriminator(evidence["known_densities"]), folder / KNOWN, [trained])
    style.save(disjoint_supports(evidence["disjoint"]), folder / DISJOINT, [trained, "Critic: gradient penalty of weight 10."])


def value_surfaces(surfaces: Sequence[Any]) -> "style.pyplot.Figure":
    """Level lines of each critic, a column per distribution, a row per constraint; darker is higher."""
    columns = len(surfaces) // 2
    figure, axes = style.pyplot.subplots(2, columns, figsize=(3.6 * columns, 7), sharex=True, sharey=True, squeeze=False)
    for place, surface in enumerate(surfaces):
        axis, record = axes[place % 2, place // 2], surface.record
        levels = draw_surface(axis, surface.scores)
        axis.plot(*surface.data[:500].T, ".", color="white", markeredgecolor="black", markeredgewidth=0.3, markersize=4)
        axis.set_title(f"{TITLES[record['distribution']]}, {record['constraint']}", fontsize=9)
        axis.set_aspect("equal")
        bar = figure.colorbar(levels, ax=axis, shrink=0.75)
        bar.ax.tick_params(labelsize=6)
        bar.set_label("score f(x)", fontsize=7)
    style.pyplot.setp(axes[-1], xlabel="$x_1$")
    style.pyplot.setp(axes[:, 0], ylabel="$x_2$")
    figure.suptitle("score f(x) of the critic (levels, dark is high) and data (points)", fontsize=10)
    return figure


def norms_by_layer(deep: Sequence[Dict[str, Any]]) -> "style.pyplot.Figure":
    """Mean over the looks during training, and the range over looks and seeds, for each constraint."""
    figure, axis = style.pyplot.subplots(figsize=(6.4, 4.2))
    for look, (name, records) in zip(style.STYLES, by_constraint(deep).items()):
        norms = np.array([norms for record in records for norms in record["norms"].values()])
        layers = np.arange(1, norms.shape[1] + 1)
        style.band(axis, layers, np.exp(np.log(norms).mean(axis=0)), norms, label=name, markersize=4, **look)
    axis.set(yscale="log", xticks=layers, xlabel="layer (1: next to the points, last: the output)")
    axis.set_ylabel("‖∂f / ∂ input of the layer‖ (score / input)")
    axis.legend(title="mean, and range over training and seeds", fontsize=8, title_fontsize=8)
    return figure


def weights(deep: Sequence[Dict[str, Any]]) -> "style.pyplot.Figure":
    """Share of the weights by their value, an axis for each constraint, as their ranges differ."""
    groups = by_constraint(deep)
    figure, axes = style.pyplot.subplots(1, len(groups), figsize=(3 * len(groups), 3.2), sharey=True)
    for look, axis, (name, records) in zip(style.STYLES, axes, groups.items()):
        histogram = records[0]["weights"]
        edges, counts = np.array(histogram["edges"]), np.array(histogram["counts"])
        axis.bar(edges[:-1], 100 * counts / histogram["total"], np.diff(edges), align="edge", color=look["color"])
        axis.set_title(name, fontsize=9)
        axis.set_xlabel("value of the weight")
        axis.ticklabel_format(axis="x", scilimits=(-2, 2))
    axes[0].set_ylabel("share of the weights (%)")
    return figure


def best_discriminator(known: Dict[str, List[float]]) -> "style.pyplot.Figure":
    """D as trained, and D* = p / (p + q)."""
    figure, axis = style.pyplot.subplots(figsize=(6, 3.8))
    axis.plot(known["x"], known["exact"], label="p / (p + q)", **{**style.STYLES[0], "marker": ""})
    axis.plot(known["x"], known["discriminator"], label="trained D", markersize=4, **{**style.STYLES[1], "linestyle": ""})
    axis.set(xlabel="x (real: N(0, 1), generated: N(1, 2²))", ylabel="D(x) (probability of being real)", ylim=(-0.03, 1.03))
    axis.legend()
    return figure


def disjoint_supports(disjoint: Sequence[Dict[str, float]]) -> "style.pyplot.Figure":
    """Jensen-Shannon divergence and Wasserstein distance of two parallel segments against their gap."""
    gaps = [row["gap"] for row in disjoint]
    figure, axes = style.pyplot.subplots(1, 2, figsize=(9, 3.8))
    for axis, name, title, form, unit in (
        (axes[0], "jensen_shannon", "discriminator", "closed form: log 2", "Jensen-Shannon divergence (nats)"),
        (axes[1], "wasserstein", "critic", "closed form: the gap", "Wasserstein distance (segment lengths)"),
    ):
        axis.plot(gaps, [row[f"{name}_exact"] for row in disjoint], label=form, **{**style.STYLES[0], "marker": ""})
        axis.plot(gaps, [row[name] for row in disjoint], label=f"{title}'s estimate", **{**style.STYLES[1], "linestyle": ""})
        highest = max(row[name] for row in disjoint)
        axis.set(xlabel="gap between the segments (segment lengths)", ylabel=unit, ylim=(0, 1.15 * highest))
    per_slope = [row["wasserstein_per_slope"] for row in disjoint]
    axes[1].plot(gaps, per_slope, label="the same over its mean slope", **{**style.STYLES[2], "linestyle": ""})
    for axis in axes:
        axis.legend()
    return figure


def by_constraint(records: Sequence[Dict[str, Any]]) -> Dict[str, List[Dict[str, Any]]]:
    """Records of toy.json by the name of their constraint, in their order."""
    groups: Dict[str, List[Dict[str, Any]]] = {}
    for record in records:
        groups.setdefault(record["constraint"], []).append(record)
    return groups
