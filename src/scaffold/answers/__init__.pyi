from .file import UNANSWERED as UNANSWERED
from .file import read_settings as read_settings
from .sources import gather as gather
from .template import commented as commented
