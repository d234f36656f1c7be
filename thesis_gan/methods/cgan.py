"""CGAN: a DCGAN whose networks are told the class (Mirza and Osindero 2014)."""

from thesis_gan.methods.dcgan import DCGAN
from thesis_gan.settings import Value

WIDER = {"width": Value(32, "ours: 16 maps are too few to see digit and label together")}


class CGAN(DCGAN):
    """D sees the label broadcast to the image's size as channels, G has it expanded to 100 numbers beside z (thesis §2.4)."""

    name = "cgan"
    title = "CGAN"
    source = "thesis §2.2, §2.4 (S0); Mirza and Osindero 2014"
    summary = "DCGAN told the class of the digit"
    order = 20
    in_thesis = True
    tuned = {**DCGAN.tuned, "learning_rate": Value(0.001, "ours: 0.0002 needs more steps than a short budget has")}
    on_pictures = DCGAN.on_pictures
    # Not under smoke, which is to be quick, and whose digits nobody reads.
    under_profile = {**DCGAN.under_profile, "quick": WIDER, "standard": WIDER}
    defaults = {**DCGAN.defaults, "conditional": Value("yes", "thesis §2.2")}
