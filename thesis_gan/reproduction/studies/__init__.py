"""The experiments of Fig. 11 and of §3.1, which train no generator on images."""
