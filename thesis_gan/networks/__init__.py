"""Generators and critics as HybridBlocks. They know no losses and no methods.

A critic's last layer has no sigmoid: it returns a score. A method that reads it as a probability applies the sigmoid itself.
"""
