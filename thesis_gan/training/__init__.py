"""The one training loop, its checkpoint, history and progress. It serves every method and knows none by name."""
