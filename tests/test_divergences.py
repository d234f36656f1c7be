"""What the thesis says of the best discriminator and of disjoint supports, recovered by training (§2.1, §3.1)."""

import numpy as np
import pytest
from helpers import method_of

from thesis_gan._compat import mx
from thesis_gan.methods.dcgan import jensen_shannon
from thesis_gan.networks.points import ToyCritic, gradient_norms
from thesis_gan.reproduction.studies import divergences
from thesis_gan.training.lone_critic import Sides, train_critic

STEPS = 300


def test_best_discriminator_of_known_densities_is_found():
    discriminator = divergences.optimal_discriminator(divergences.normals(), STEPS)
    x = np.linspace(-5, 7, 200)
    p, q = divergences.REAL.pdf(x), divergences.FAKE.pdf(x)
    found = mx.nd.sigmoid(discriminator(mx.nd.array(x[:, None]))).asnumpy()[:, 0]
    np.testing.assert_allclose(divergences.best_discriminator(x), p / (p + q))
    assert np.average(np.abs(found - p / (p + q)), weights=p + q) < 0.02


def test_value_is_minus_log_4_where_the_densities_are_equal():
    """value = E log D(x) + E log(1 - D(G(z))) = 2 JSD - log 4, so JSD is 0 there."""
    real, _ = divergences.normals()
    estimates = divergences.estimate(Sides(real, real), STEPS)
    assert 2 * estimates.jensen_shannon - np.log(4) == pytest.approx(-np.log(4), abs=2e-3)
    assert estimates.wasserstein == pytest.approx(0, abs=0.05)


def test_estimate_of_the_divergence_is_the_integral():
    """JSD = (KL(p | m) + KL(q | m)) / 2, m = (p + q) / 2, integrated numerically."""
    estimates = divergences.estimate(divergences.normals(), STEPS)
    x = np.linspace(-20, 20, 40001)
    p, q = divergences.REAL.pdf(x), divergences.FAKE.pdf(x)
    exact = (x[1] - x[0]) * ((p * np.log(2 * p / (p + q))).sum() + (q * np.log(2 * q / (p + q))).sum()) / 2
    assert estimates.jensen_shannon == pytest.approx(exact, abs=0.02)


def test_of_disjoint_supports_the_divergence_is_log_2_and_the_distance_is_the_gap():
    for gap in (0.5, 2.0):
        estimates = divergences.estimate(divergences.segments(gap), STEPS)
        assert estimates.jensen_shannon == pytest.approx(np.log(2), rel=5e-3)
        # With f = s x the loss is s gap + 10 (|s| - 1)^2: the best slope is 1 + gap / 20, which the mean slope takes out again.
        assert estimates.wasserstein == pytest.approx(gap * (1 + gap / 20), rel=0.02)
        assert estimates.per_slope == pytest.approx(gap, rel=0.02)


def test_estimate_of_the_divergence_is_0_for_a_discriminator_that_knows_nothing():
    zero = mx.nd.zeros((4, 1))
    assert jensen_shannon(zero, zero).asscalar() == pytest.approx(0, abs=1e-7)
    assert jensen_shannon(zero + 50, zero - 50).asscalar() == pytest.approx(np.log(2), rel=1e-6)


def test_critic_alone_is_trained_the_same_twice_and_looked_at_before_each_step():
    ends = []
    for _ in range(2):
        critic = ToyCritic(3, 8)
        points = mx.nd.array(np.ones((4, 2)))
        looks = [
            (step, gradient_norms(critic, points))
            for step in train_critic(method_of("wgan"), critic, divergences.segments(1), 3, 0)
        ]
        assert [step for step, _ in looks] == [0, 1, 2, 3]
        ends.append(critic(points).asnumpy())
        bound = method_of("wgan").settings.clip
        assert max(np.abs(value.data().asnumpy()).max() for value in critic.collect_params().values()) <= np.float32(bound)
    np.testing.assert_array_equal(*ends)
