from .file_reader import UNANSWERED_MARK as UNANSWERED_MARK
from .file_reader import read_settings_file as read_settings_file
from .file_writer import format_answers_file as format_answers_file
from .sources import gather_answers as gather_answers
