from .operations.answers import AnswersFile as AnswersFile
from .operations.answers import make_answers_file as make_answers_file
from .operations.catalog import BlueprintDetails as BlueprintDetails
from .operations.catalog import BlueprintSummary as BlueprintSummary
from .operations.catalog import list_blueprints as list_blueprints
from .operations.catalog import show as show
from .operations.check import CheckResult as CheckResult
from .operations.check import check as check
from .operations.diff import diff as diff
from .operations.inputs import Inputs as Inputs
from .operations.inputs import RenderOptions as RenderOptions
from .operations.inputs import UpdateOptions as UpdateOptions
from .operations.new import CreateResult as CreateResult
from .operations.new import create as create
from .operations.update import UpdateResult as UpdateResult
from .operations.update import abort as abort
from .operations.update import update as update
from .operations.update import update_all as update_all

__version__: str
