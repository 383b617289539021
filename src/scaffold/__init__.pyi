from .operations.answering import Inputs as Inputs
from .operations.answers import AnswersFile as AnswersFile
from .operations.answers import make_answers_file as make_answers_file
from .operations.catalog import Listed as Listed
from .operations.catalog import Shown as Shown
from .operations.catalog import list_blueprints as list_blueprints
from .operations.catalog import show as show
from .operations.check import Checked as Checked
from .operations.check import check as check
from .operations.diff import diff as diff
from .operations.new import Created as Created
from .operations.new import create as create
from .operations.update import Options as Options
from .operations.update import Updated as Updated
from .operations.update import abort as abort
from .operations.update import update as update
from .operations.update import update_all as update_all

__version__: str
