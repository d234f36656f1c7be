"""The profiles that hold methods against each other, beyond the thesis's table."""

from typing import NamedTuple, Tuple


class Comparison(NamedTuple):
    """What a profile compares.

    methods: their names, none for all.  picture, caption: of their samples side by side.  seeds_shown: how many seeds,
    from 0 on, have a row there.  data: what they are trained on.  generators, animations: names of the methods whose generators
    are kept where the results are stored, and of those whose training is kept as an animation.
    """

    methods: Tuple[str, ...]
    picture: str
    caption: str
    seeds_shown: int = 1
    data: str = "mnist"
    generators: Tuple[str, ...] = ()
    animations: Tuple[str, ...] = ()


# Of any other profile.
METHODS_COMPARISON = Comparison((), "methods.png", "All methods: samples after the last epoch.")
S1_COMPARISON = Comparison((), "s1_methods.png", "S1's comparison: samples of all methods after the last epoch.")
FACES = Comparison(
    ("dcgan", "cgan", "wgan-gp-ln"),
    "fig04_faces.png",
    "Fig. 4: real faces (drawn ones, in the place of the thesis's) beside the samples of each method; the CGAN has a column per "
    "colour of hair.",
    data="faces",
)
COMPARISONS = {
    "faces-quick": FACES._replace(generators=("dcgan",)),
    "faces": FACES,
    "s2": FACES._replace(
        methods=("wgan-gp-ln",),
        picture="s2_faces.png",
        caption="S2: real faces (drawn ones) beside the samples of WGAN-GP with layer norm.",
        animations=("wgan-gp-ln",),
    ),
    "s1": S1_COMPARISON,
    "s1-quick": S1_COMPARISON,
    "collapse": Comparison(
        ("gan", "lsgan", "wgan", "rsgan"),
        "fig06_mode_collapse.png",
        "Fig. 6: a GAN that collapses, and what S4 names against it under the same budget; a row per seed, of the first three.",
        seeds_shown=3,
    ),
}
