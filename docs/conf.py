"""Settings of the documentation, which `nox -s docs` builds."""

import importlib.metadata

project = "gluax"
author = "the gluax developers"
copyright = author
release = importlib.metadata.version("gluax")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False

html_theme = "furo"
html_title = "gluax"


def escape_stars(app, what, name, obj, options, lines):
    """Docstrings write ``(N, *rest)`` and ``x * y`` as they are; a star outside of a literal is no markup in them."""
    for index, line in enumerate(lines):
        parts = line.split("``")
        lines[index] = "``".join(part if place % 2 else part.replace("*", r"\*") for place, part in enumerate(parts))


def setup(app):
    """Connect what this file adds to Sphinx."""
    app.connect("autodoc-process-docstring", escape_stars, priority=100)  # before napoleon reads the sections
