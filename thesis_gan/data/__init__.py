"""Real images: MNIST, and fake data for tests. This package knows nothing of methods."""
