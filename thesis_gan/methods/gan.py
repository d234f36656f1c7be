"""GAN: the first one, multilayer perceptrons in the minimax game (Goodfellow et al. 2014)."""

from thesis_gan.methods.dcgan import DCGAN
from thesis_gan.settings import Value


class GAN(DCGAN):
    """The DCGAN's losses, saturating or not, on fully connected networks without batch norm."""

    name = "gan"
    title = "GAN"
    source = "thesis §2.1 (S0); S4; Goodfellow et al. 2014"
    summary = "minimax GAN on multilayer perceptrons"
    order = 5
    defaults = {
        **DCGAN.defaults,
        "architecture": Value("mlp", "paper: Goodfellow et al. 2014, §5"),
        "critic_norm": Value("none", "paper: Goodfellow et al. 2014 is older than batch norm"),
    }
    tuned = {**DCGAN.tuned, "learning_rate": Value(0.001, "ours: 0.0002 needs more steps than a short budget has")}
    # Under S1 it is played on the DCGAN's networks, and the minimax loss, S1's first formula, is what is left of it.
    under_profile = {"collapse": {"generator_loss": Value("non-saturating", "S4, eq. 1: with it a GAN trains, and collapses")}}
