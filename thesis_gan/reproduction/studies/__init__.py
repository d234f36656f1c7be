"""The experiments of Fig. 11 and of §3.1, and the times of steps, which need no run."""

SMALLEST = 1e-38  # about the smallest float32; a gradient's norm below it counts as so large, so that it has a logarithm
