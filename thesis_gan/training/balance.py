"""How strong the critic is, by which its update can be skipped (S4: "skip its phase if it tells the samples apart too well")."""

from thesis_gan._compat import mx


def strength(score_real: mx.nd.NDArray, score_fake: mx.nd.NDArray) -> float:
    """Share, 0 to 1, of the pairs of a real and a generated image in which the real one has the higher score; 0.5 by chance.

    score_real, score_fake: (N, 1). It asks only how the critic orders images, so it means the same for every loss; a tie counts
    as wrong. It is taken of the scores of the very step that is to be made or skipped: so it needs no memory, and a resumed
    run skips the same steps.
    """
    return float(mx.nd.broadcast_greater(score_real, score_fake.T).mean().asscalar())
