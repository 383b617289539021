"""`scaffold completion`: print the script that completes commands in a shell."""

from __future__ import annotations

from typing import Annotated

import typer

from ..errors import UsageError
from .app import Command, app
from .options import Quiet, Verbose
from .output import write_data

BASH = r"""
_scaffold_completion() {
    local kind= word=${COMP_WORDS[COMP_CWORD]} item
    COMPREPLY=()
    while IFS= read -r item; do
        if [ -z "$kind" ]; then kind=$item; else COMPREPLY+=("$item"); fi
    done < <(
        _SCAFFOLD_COMPLETE=bash "$1" "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null
    )
    case $word in [=:]) word= ;; esac
    case $kind in
        files) compopt -o filenames 2>/dev/null; kind=-f ;;
        folders) compopt -o filenames 2>/dev/null; kind=-d ;;
        *) kind= ;;
    esac
    if [ -n "$kind" ]; then
        while IFS= read -r item; do COMPREPLY+=("$item"); done < <(compgen "$kind" -- "$word")
    elif [[ ${COMPREPLY[0]-} == *= ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -F _scaffold_completion scaffold scaffold-ml
"""
ZSH = r"""
#compdef scaffold scaffold-ml
_scaffold() {
    local -a given lines plain open
    local line word
    given=("${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}")
    lines=("${(@f)$(_SCAFFOLD_COMPLETE=zsh "${words[1]}" "${given[@]}" 2>/dev/null)}")
    case ${lines[1]} in
        files) [[ $PREFIX == --*=* ]] && compset -P '*='; _files ;;
        folders) [[ $PREFIX == --*=* ]] && compset -P '*='; _files -/ ;;
        *)
            for line in "${(@)lines[2,-1]}"; do
                word=${${line%%$'\t'*}//:/\\:}
                [[ $line == *$'\t'* ]] && line=$word:${line#*$'\t'} || line=$word
                if [[ $word == *= ]]; then open+=("$line"); else plain+=("$line"); fi
            done
            (( $#open )) && _describe -t answers 'question' open -S ''
            (( $#plain )) && _describe -t words 'word' plain
            ;;
    esac
}
if [[ ${funcstack[1]-} == _scaffold ]]; then
    _scaffold "$@"
else
    compdef _scaffold scaffold scaffold-ml
fi
"""
FISH = r"""
function __scaffold_complete
    set -lx _SCAFFOLD_COMPLETE fish
    set -l words (commandline -opc)
    set -l lines ($words[1] $words[2..-1] (commandline -ct) 2>/dev/null)
    set -l start (string match -r -- '^--[^=]*=' (commandline -ct))
    set -l path (string replace -r -- '^--[^=]*=' '' (commandline -ct))
    switch "$lines[1]"
        case files
            printf "$start%s\n" (__fish_complete_path "$path")
        case folders
            printf "$start%s\n" (__fish_complete_directories "$path")
        case '*'
            printf '%s\n' $lines[2..-1]
    end
end
complete -c scaffold -f -a '(__scaffold_complete)'
complete -c scaffold-ml -f -a '(__scaffold_complete)'
"""
SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


@app.command(cls=Command)
def completion(
    shell: Annotated[str, typer.Argument(metavar="SHELL", help="bash, zsh or fish.")],
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Print a completion script for your shell's start-up file."""
    if shell not in SCRIPTS:
        raise UsageError(
            f"completion does not support the shell {shell!r}", "Use bash, zsh or fish."
        )
    write_data(SCRIPTS[shell].strip())
