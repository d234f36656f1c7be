"""WGAN-GP with a layer-normalised critic, as S2 trains it on faces."""

from thesis_gan.methods.wgan_gp import WGANGP
from thesis_gan.settings import Value


class WGANGPLN(WGANGP):
    """The critic's batch norm replaced by layer norm, Adam, small batches; counted in iterations, not in epochs."""

    name = "wgan-gp-ln"
    title = "WGAN-GP, layer norm"
    source = "S2; Gulrajani et al. 2017"
    summary = "WGAN-GP, critic with layer norm, Adam"
    order = 45
    defaults = {
        **WGANGP.defaults,
        "critic_norm": Value("layer", "S2; paper: Gulrajani et al. 2017, §4"),
        "init_std": Value(0.02, "S2 (it says variance; its cited source, standard deviation)"),
        "optimizer": Value("adam", "S2"),
        "learning_rate": Value(0.0001, "S2"),
        "beta1": Value(0.0, "S2"),
        "batch_size": Value(16, "S2"),
        "epochs": Value(0, "S2: counted in iterations"),
        "generator_steps": Value(50000, "S2: 50,000 iterations"),
        "critic_schedule": Value("5", "paper: Gulrajani et al. 2017, Algorithm 1; S2 does not say"),
    }
    on_points = {**WGANGP.on_points, "critic_norm": defaults["critic_norm"]}
    tuned = {"learning_rate": Value(0.001, "ours: 0.0001 needs more steps than a short budget has")}
