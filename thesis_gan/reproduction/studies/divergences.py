"""What D and a critic estimate where the truth is known: densities in closed form, and supports that do not meet.

Thesis §2.1: the best D is p / (p + q), and at p = q the value is -log 4. §3.1, §3.2: on disjoint supports the Jensen-Shannon
divergence is log 2 however far apart they are, and the Wasserstein distance tells how far.
"""

from typing import Any, Dict, List, NamedTuple

import numpy as np
from scipy import stats

from thesis_gan import methods
from thesis_gan._compat import mx
from thesis_gan.methods.dcgan import jensen_shannon
from thesis_gan.networks.points import ToyCritic, gradient_norms
from thesis_gan.penalties import between
from thesis_gan.settings import Value, for_experiment
from thesis_gan.streams import Streams
from thesis_gan.training.lone_critic import Sides, train_critic

GAPS = (0.25, 0.5, 1.0, 2.0, 4.0)
REAL, FAKE = stats.norm(0, 1), stats.norm(1, 2)  # known densities that overlap
ADAM = {
    "optimizer": Value("adam", "paper: Gulrajani et al. 2017, Algorithm 1"),
    "learning_rate": Value(0.002, "ours: a network this small bears it"),
    "beta1": Value(0.0, "paper: Gulrajani et al. 2017, Algorithm 1"),
    "beta2": Value(0.9, "paper: Gulrajani et al. 2017, Algorithm 1"),
    "batch_size": Value(512, "ours"),
}


class Estimates(NamedTuple):
    """Of real against generated samples. jensen_shannon: in nats.  wasserstein: E f(real) - E f(fake), in the samples' own unit.

    per_slope: the same divided by the mean of ||grad f|| between real and generated samples, which the penalty lets exceed 1.
    """

    jensen_shannon: float
    wasserstein: float
    per_slope: float


def measure(steps: int = 600) -> Dict[str, Any]:
    """Estimates by critics trained for so many steps, beside the closed forms, as toy.json holds them."""
    places = np.linspace(-6, 8, 57)
    discriminator = optimal_discriminator(normals(), steps)
    found = mx.nd.sigmoid(discriminator(mx.nd.array(places[:, None]))).asnumpy()[:, 0]
    disjoint: List[Dict[str, float]] = []
    for gap in GAPS:
        estimates = estimate(segments(gap), steps)
        disjoint.append(
            {
                "gap": gap,
                "jensen_shannon": estimates.jensen_shannon,
                "jensen_shannon_exact": float(np.log(2)),
                "wasserstein": estimates.wasserstein,
                "wasserstein_per_slope": estimates.per_slope,
                "wasserstein_exact": gap,
            }
        )
    best = best_discriminator(places)
    known = {"x": places.tolist(), "discriminator": found.astype(float).tolist(), "exact": best.tolist()}
    return {"steps": steps, "disjoint": disjoint, "known_densities": known}


def segments(gap: float) -> Sides:
    """Uniform on two parallel segments of length 1, ``gap`` apart in the plane (Arjovsky et al. 2017, Example 1).

    For any gap > 0 their Jensen-Shannon divergence is log 2, and their Wasserstein distance is the gap.
    """

    def sampler(place: float):
        return lambda random, n: np.stack([np.full(n, place, np.float32), random.random(n, np.float32)], axis=1)

    return Sides(sampler(0.0), sampler(gap))


def normals() -> Sides:
    """Samples of the two known densities, N(0, 1) against N(1, 2^2)."""

    def sampler(normal):
        mean, deviation = (np.float32(number) for number in (normal.mean(), normal.std()))
        return lambda random, n: random.standard_normal((n, 1), np.float32) * deviation + mean

    return Sides(sampler(REAL), sampler(FAKE))


def best_discriminator(x: np.ndarray) -> np.ndarray:
    """D* = p / (p + q) of the two known densities at ``x``, 0 to 1 (thesis §2.1; Goodfellow et al. 2014, Proposition 1)."""
    return REAL.pdf(x) / (REAL.pdf(x) + FAKE.pdf(x))


def estimate(sides: Sides, steps: int) -> Estimates:
    """What a discriminator and a penalised critic say of ``sides``, on samples that neither was trained on."""
    samples = 4000
    real, fake = sides.draw(Streams(0), "measured", 0, samples)
    discriminator, critic = optimal_discriminator(sides, steps), _trained("wgan-gp", sides, steps)
    jsd = float(jensen_shannon(discriminator(real), discriminator(fake)).asscalar())
    wasserstein = float((critic(real).mean() - critic(fake).mean()).asscalar())
    x_hat = between(real, fake, mx.nd.array(Streams(0).uniform("epsilon", 0, (samples, 1))))
    return Estimates(jsd, wasserstein, wasserstein / float(gradient_norms(critic, x_hat)[0]))


def optimal_discriminator(sides: Sides, steps: int) -> ToyCritic:
    """A discriminator of real and generated samples; its score is D's logit."""
    return _trained("gan", sides, steps)


def _trained(name: str, sides: Sides, steps: int) -> ToyCritic:
    kind = methods.find(name)
    critic = ToyCritic(3, 64, inputs=sides.real(np.random.default_rng(0), 1).shape[1])
    for _ in train_critic(kind(for_experiment(kind, ADAM)), critic, sides, steps, 0):
        pass
    return critic
