"""Real images, MNIST, and the conventions for images. This package knows nothing of methods."""
