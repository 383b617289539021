from .filters import FILTERS as FILTERS
from .job import File as File
from .rendered import Rendered as Rendered
from .rendered import code_of as code_of
from .rendered import has_migrations as has_migrations
from .rendered import migrate as migrate
from .rendered import render as render
