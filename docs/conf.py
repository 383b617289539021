"""Settings of the documentation: `nox -s docs` builds it."""

project = "scaffold"
copyright = "the authors of scaffold"
extensions = ["myst_parser"]
myst_heading_anchors = 3
exclude_patterns = ["build"]
html_theme = "furo"
html_title = "scaffold"
html_copy_source = False
