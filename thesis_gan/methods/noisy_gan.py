"""GAN with annealed instance noise (thesis §3.1; Arjovsky and Bottou 2017, §3; Sønderby et al. 2017, §2.3)."""

from typing import Sequence

from thesis_gan.config import Value
from thesis_gan.methods.dcgan import DCGAN


class InstanceNoise:
    """Whatever D sees, real or generated, has noise on it, so that the two overlap. Mixed into a method."""

    noise_defaults = {
        "noise_std": Value(0.5, "ours: the thesis gives none; a quarter of the range of the pixels"),
        "noise_share": Value(0.8, "ours: the last fifth of the run is without noise"),
    }

    @property
    def shares_of_the_run(self) -> Sequence[str]:
        """noise_share, if there is noise."""
        return ("noise_share",) if self.settings.noise_std else ()

    def instance_noise(self, progress: float) -> float:
        """noise_std at the start of the run, from there in a straight line to 0 at noise_share; pixels lie in [-1, 1]."""
        return self.settings.noise_std * max(0.0, 1 - progress / self.settings.noise_share)


class NoisyGAN(InstanceNoise, DCGAN):
    """The DCGAN with annealed instance noise."""

    name = "noisy-gan"
    title = "GAN + noise"
    source = "thesis §3.1 (S0); Arjovsky and Bottou 2017"
    summary = "DCGAN with annealed instance noise"
    order = 15
    defaults = {**DCGAN.defaults, **InstanceNoise.noise_defaults}
