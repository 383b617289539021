from .confirmation import confirm as confirm
from .person import Person as Person
from .terminal import interactive as interactive
from .tree import spell_size as spell_size
from .tree import whole as whole
