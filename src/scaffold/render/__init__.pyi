from .filters import FILTERS as FILTERS
from .render import RenderResult as RenderResult
from .render import render_blueprint as render_blueprint
from .render import run_migrations as run_migrations
from .work import RenderedFile as RenderedFile
