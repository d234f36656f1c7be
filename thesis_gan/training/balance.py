"""How strong the critic is, by which its update can be skipped (S4: "skip its phase if it tells the samples apart too well")."""
