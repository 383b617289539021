"""Settings of the documentation: `nox -s docs` builds it."""

project = "scaffold"
copyright = "the authors of scaffold"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 3
exclude_patterns = ["build"]
html_theme = "furo"
html_title = "scaffold"
html_copy_source = False

autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_class_signature = "separated"
napoleon_use_ivar = True
# The types of other packages are not linked: their pages are elsewhere.
nitpick_ignore_regex = [("py:.*", r".*")]
