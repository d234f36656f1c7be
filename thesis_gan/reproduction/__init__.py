"""What the thesis shows, made from runs: Table 1, its figures, its claims, and a report of them all."""
