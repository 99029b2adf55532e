"""Compilation: cached executables behind `hybridize`, and the eager executor."""
