"""Runs on any data side by side: a table with a row per method, or per run on points, and pictures."""
