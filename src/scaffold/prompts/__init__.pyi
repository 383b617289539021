from .file_tree import draw_tree as draw_tree
from .file_tree import format_size as format_size
from .person import Person as Person
from .person import confirm as confirm
from .terminal import is_interactive as is_interactive
