from .transaction import Recovery as Recovery
from .transaction import abort as abort
from .transaction import apply as apply
from .transaction import in_the_way as in_the_way
from .transaction import is_pending as is_pending
from .transaction import recover as recover
