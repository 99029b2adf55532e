"""MXNet's graphs and files, without JAX: nodes, attributes, Symbol JSON, parameter files."""
