"""Reference reproduction of the 2018 coursework "From GAN to WGAN-GP" in MXNet Gluon."""

__version__ = "0.1.0"
