from .transaction import Recovery as Recovery
from .transaction import abort_update as abort_update
from .transaction import apply_plan as apply_plan
from .transaction import is_update_pending as is_update_pending
from .transaction import make_obstacle_error as make_obstacle_error
from .transaction import recover_update as recover_update
