"""Settings of the documentation: `nox -s docs` builds it."""

import os

project = "scaffold"
copyright = "the authors of scaffold"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
myst_heading_anchors = 3
exclude_patterns = ["build"]
html_theme = "furo"
html_title = "scaffold"
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["site.css"]

# GitHub Actions names the repository; a build elsewhere has no link to it.
if repository := os.environ.get("GITHUB_REPOSITORY"):
    address = f"https://github.com/{repository}"
    html_theme_options = {
        "footer_icons": [{"name": "Repository", "url": address, "html": "Repository", "class": ""}],
        "source_repository": address,
        "source_branch": "main",
        "source_directory": "docs/",
    }

# Copy commands, and leave out prompts and output.
copybutton_prompt_text = r"\$ |> "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True

autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_class_signature = "separated"
napoleon_use_ivar = True
# The types of other packages are not linked: their pages are elsewhere.
nitpick_ignore_regex = [("py:.*", r".*")]
