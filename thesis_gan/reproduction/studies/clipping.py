"""Critics of points in the plane, trained to optimality against data plus Gaussian noise: the evidence of Fig. 11.

toy.json holds the numbers, figures/fig11_*.png show them; the claims read toy.json.
"""

from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from tqdm import tqdm

from thesis_gan import data as datasets
from thesis_gan import files, methods
from thesis_gan._compat import mx
from thesis_gan.json_shape import conforms, is_positive, is_share, is_text
from thesis_gan.methods import Method
from thesis_gan.metrics.wasserstein import wasserstein_distance
from thesis_gan.networks.points import ToyCritic, gradient_norms
from thesis_gan.networks.weights import parameters
from thesis_gan.reproduction.studies import SMALLEST, clipping_figures, divergences
from thesis_gan.settings import Value, for_experiment
from thesis_gan.streams import Streams
from thesis_gan.training import plane_picture
from thesis_gan.training.lone_critic import Sides, train_critic

EVIDENCE = "toy.json"
DISTRIBUTIONS = ("8gaussians", "25gaussians", "swissroll")  # Gulrajani et al. 2017, Fig. 1
NOISE = 1.0  # deviation of the noise that makes data "generated"; the code published by Gulrajani et al. 2017
CLIPS = (0.1, 0.01, 0.001)  # thesis, Fig. 11; Gulrajani et al. 2017, Fig. 1
SURFACE_CLIP = CLIPS[0]  # the largest: a critic of 4 layers under a smaller one is flat for the eye
NEAR_BOUND = 0.95  # a weight is at its bound from this share of c on (ours)


class Size(NamedTuple):
    """Depth, units, steps and batch of both kinds of critics; seeds of the deep ones; points to measure by; cells of surfaces."""

    depth: int = 4  # the code published by Gulrajani et al. 2017; its 512 units take too long here
    units: int = 128
    steps: int = 1500
    batch_size: int = 256
    deep_depth: int = 12  # Gulrajani et al. 2017, Fig. 1
    deep_units: int = 256
    deep_steps: int = 300
    deep_batch_size: int = 64
    seeds: int = 3
    points: int = 1000
    grid: int = 80


FULL = Size()


class Constraint(NamedTuple):
    """What keeps a critic Lipschitz. name: for axes.  clip: the bound of its weights, None under the penalty."""

    name: str
    clip: Optional[float]

    def method(self, batch_size: int) -> Method:
        """WGAN with this bound, or WGAN-GP."""
        values = {"batch_size": Value(batch_size, "ours; the paper's code: 256")}
        if self.clip is None:
            rate = Value(0.001, "ours: the paper's 0.0001 needs ten times the steps")
            values = {**divergences.ADAM, **values, "learning_rate": rate}
        else:
            values.update(
                clip=Value(self.clip, "thesis, Fig. 11"),
                learning_rate=Value(self.clip / 50, "ours: any weight can cross its range in 100 steps"),
            )
        kind = methods.find("wgan-gp" if self.clip is None else "wgan")
        return kind(for_experiment(kind, values))


PENALTY = Constraint("penalty", None)


def make(results: Path, size: Size = FULL) -> Dict[str, Any]:
    """Train all toy critics; write ``results``/toy.json and the figures. Returns what toy.json holds."""
    work = len(DISTRIBUTIONS) * 2 * size.steps + (len(CLIPS) + 1) * size.seeds * size.deep_steps
    with tqdm(total=work, unit="step", desc="toy critics", disable=None) as bar:
        surfaces = list(_surfaces(size, bar))
        deep = list(_deep(size, bar))
    found = {
        "noise": NOISE,
        "size": size._asdict(),
        "critics": [surface.record for surface in surfaces],
        "deep": deep,
        **divergences.measure(),
    }
    files.write_json(results / EVIDENCE, found)
    clipping_figures.draw(results / "figures", surfaces, found)
    return found


def is_whole(content: Any) -> bool:
    """Whether ``content`` has all that the claims look at."""

    def is_bound(clip: Any) -> bool:
        return clip is None or is_positive(clip)

    deep = {"constraint": is_text, "clip": is_bound, "norms": {str.isdecimal: [is_positive]}}
    if not conforms(content, {"critics": [{"clip": is_bound}], "deep": [deep]}):
        return False
    clipped = {kind: [record for record in content[kind] if record["clip"] is not None] for kind in ("critics", "deep")}
    layers = {len(norms) for record in content["deep"] for norms in record["norms"].values()}
    shares = {kind: [{"share_at_bounds": is_share}] for kind in clipped}
    return conforms(clipped, shares) and len(clipped["deep"]) < len(content["deep"]) and len(layers) == 1


class Surface(NamedTuple):
    """A trained critic. record: for toy.json.  scores: of the plane.  data: (N, 2)."""

    record: Dict[str, Any]
    scores: plane_picture.Surface
    data: np.ndarray


def _surfaces(size: Size, bar: tqdm) -> Iterator[Surface]:
    for name in DISTRIBUTIONS:
        sides = noisy(name)
        real, fake = sides.draw(Streams(0), "measured points", 0, size.points)
        exact = wasserstein_distance(real.asnumpy(), fake.asnumpy())
        for constraint in (Constraint(f"clip {SURFACE_CLIP:g}", SURFACE_CLIP), PENALTY):
            critic = ToyCritic(size.depth, size.units)
            for _ in _train(constraint, critic, sides, size.steps, size.batch_size, 0, bar):
                pass
            record = {
                "distribution": name,
                "constraint": constraint.name,
                "clip": constraint.clip,
                "estimate": float((critic(real).mean() - critic(fake).mean()).asscalar()),
                "exact": exact,
                "points": size.points,
                **_weights(critic, constraint),
            }
            yield Surface(record, plane_picture.surface(critic, mx.cpu(), size.grid), real.asnumpy())


def _deep(size: Size, bar: tqdm) -> Iterator[Dict[str, Any]]:
    """Gradient norms by layer of deep critics on the Swiss roll, ten times during training, and their weights at its end."""
    sides = noisy("swissroll")
    for constraint in [Constraint(f"clip {clip:g}", clip) for clip in CLIPS] + [PENALTY]:
        for seed in range(size.seeds):
            critic = ToyCritic(size.deep_depth, size.deep_units)
            looked_at, _ = sides.draw(Streams(seed), "looked at", 0, size.points)
            norms: Dict[str, List[float]] = {}
            for step in _train(constraint, critic, sides, size.deep_steps, size.deep_batch_size, seed, bar):
                if step % -(-size.deep_steps // 10) == 0:
                    norms[str(step)] = np.maximum(gradient_norms(critic, looked_at), SMALLEST).tolist()
            record = {"constraint": constraint.name, "clip": constraint.clip, "seed": seed, "norms": norms}
            yield {**record, **_weights(critic, constraint)}


def noisy(distribution: str) -> Sides:
    """Points of ``distribution`` against points of it with Gaussian noise on them, the fixed "generator" of Fig. 11."""

    draw = datasets.find(distribution).draw

    def fake(random: np.random.Generator, count: int) -> np.ndarray:
        return draw(random, count) + np.float32(NOISE) * random.standard_normal((count, 2), np.float32)

    return Sides(draw, fake)


def _train(
    constraint: Constraint, critic: ToyCritic, sides: Sides, steps: int, batch_size: int, seed: int, bar: tqdm
) -> Iterator[int]:
    method = constraint.method(batch_size)
    # Of the first weights: He's, or half the bound, of which 6 % lie at their bounds before training.
    deviation = None if constraint.clip is None else constraint.clip / 2
    for step in train_critic(method, critic, sides, steps, seed, deviation):
        bar.update(step > 0)
        yield step


def _weights(critic: ToyCritic, constraint: Constraint) -> Dict[str, Any]:
    """How the weights lie, all layers together: a histogram over their range, and the share at the bounds of a clipped critic."""
    weights = np.concatenate([value.data().asnumpy().ravel() for name, value in parameters(critic).items() if "weight" in name])
    limit = constraint.clip or 5 * float(weights.std())  # a few lie beyond, and would flatten the rest
    counts, edges = np.histogram(weights, bins=41, range=(-limit * 1.0001, limit * 1.0001))
    record = {"weights": {"edges": edges.tolist(), "counts": counts.tolist(), "total": weights.size}}
    if constraint.clip is not None:
        record["share_at_bounds"] = float((np.abs(weights) > NEAR_BOUND * constraint.clip).mean())
    return record


def first_norms(record: Dict[str, Any]) -> np.ndarray:
    """(layers,): the gradient norms of one deep critic in toy.json with its first weights."""
    return np.array(record["norms"][min(record["norms"], key=int)])


def late_norms(record: Dict[str, Any]) -> np.ndarray:
    """(layers,): geometric means over the second half of training of one deep critic's gradient norms in toy.json."""
    steps: Sequence[Tuple[int, List[float]]] = sorted((int(step), norms) for step, norms in record["norms"].items())
    return np.exp(np.log([norms for step, norms in steps[len(steps) // 2 :]]).mean(axis=0))
