"""Scores of images. Pure functions of arrays, and the networks that turn images into features.

This package knows nothing of methods.
"""
