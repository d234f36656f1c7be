"""The experiments of Fig. 11 and of §3.1, and the times of steps, which need no run."""
