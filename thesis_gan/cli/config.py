"""Files of settings that --config takes: YAML, JSON, or a run's own config.json."""

import json
import os
import sys
from pathlib import Path
from typing import Any, Dict, List, Mapping, NamedTuple, Sequence, Tuple

from thesis_gan import files
from thesis_gan.errors import UserError

IDENTITY = ("method", "profile", "seed", "threads")  # what else says which run it is
LONGEST_NAME = 200  # of a folder; file systems take 255 bytes


class Config(NamedTuple):
    """identity: those of method, profile, seed and threads that the file names.  settings: the settings, as written there."""

    identity: Dict[str, Any]
    settings: Dict[str, Any]

    def overrides(self, file: Path, given: Sequence[str]) -> List[str]:
        """The settings as --set takes them, and after them those ``given`` there, which win; what they win over is said."""
        mine = dict(override.split("=", 1) for override in given if "=" in override)
        for name in sorted(set(mine) & set(self.settings)):
            say_which_wins(file, name, mine[name], self.settings[name])
        return [*(f"{name}={value}" for name, value in self.settings.items() if name not in mine), *given]


def read(path: Path) -> Config:
    """What the file at ``path`` says: settings by their names, or under ``settings``, and beside them IDENTITY.

    A setting is a value, or as in a run's config.json {"value": ..., "origin": ...}. Raises UserError, naming the file.
    """
    content = _content(path)
    settings = {name: value for name, value in content.items() if name not in (*IDENTITY, "settings")}
    if "settings" in content:
        # Beside them a run's config.json has more: what follows from them, such as the shape of its data.
        if not isinstance(content["settings"], dict) or (settings and "method" not in content):
            raise UserError(f"{path}: put all settings under `settings`, as NAME: VALUE on each line, or none.")
        settings = content["settings"]
    for name, value in settings.items():
        if isinstance(value, dict) and "value" in value:
            value = settings[name] = value["value"]
        if isinstance(value, (dict, list)) or value is None:
            raise UserError(f"{path}: setting {name} is one value, not {json.dumps(value)}.")
    for name in ("method", "profile"):
        if not isinstance(content.get(name, ""), str):
            raise UserError(f"{path}: {name} is a name, not {json.dumps(content[name])}.")
    return Config({name: content[name] for name in IDENTITY if name in content}, settings)


def _content(path: Path) -> Dict[str, Any]:
    if not path.is_file():
        raise UserError(files.unreadable(path) or f"{path} is no file.")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeError:
        raise UserError(f"{path} is no text in UTF-8; save it so.") from None
    try:
        content = json.loads(text, object_pairs_hook=lambda pairs: _each_once(path, pairs))
    except (ValueError, RecursionError):
        import yaml

        try:
            content = yaml.load(text, Loader=yaml.BaseLoader)  # values as they are written: yes is no truth value here
            _refuse_doubles(path, yaml.compose(text, Loader=yaml.BaseLoader))
        except (yaml.YAMLError, RecursionError) as error:
            where = getattr(error, "problem_mark", None)
            raise UserError(f"{path} is neither YAML nor JSON{f' (line {where.line + 1})' if where else ''}; mend it.") from None
    if not isinstance(content, dict) or not all(isinstance(name, str) for name in content):
        raise UserError(f"{path} is no file of settings; write one as NAME: VALUE on each line (`thesis-gan settings`).")
    return content


def _each_once(path: Path, pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    """An object of this JSON. Raises UserError if a name stands in it twice: the last would win without a word."""
    content: Dict[str, Any] = {}
    for name, value in pairs:
        if name in content:
            raise UserError(f"{path} names {name} twice; keep one of them.")
        content[name] = value
    return content


def _refuse_doubles(path: Path, node: Any) -> None:
    """The same of this YAML, whose lines are known."""
    names: List[str] = []
    for key, value in node.value if node is not None and node.id == "mapping" else ():
        if key.value in names:
            raise UserError(f"{path} names {key.value} twice (line {key.start_mark.line + 1}); keep one of them.")
        names.append(key.value)
        _refuse_doubles(path, value)


def chosen(file: Path, name: str, given: Any, said: Mapping[str, Any], default: Any) -> Any:
    """``given`` on the command line, or what the file says, or the default; where the first wins over the second, it is said."""
    if given is None:
        return said.get(name, default)
    if name in said:
        say_which_wins(file, name, given, said[name])
    return given


def say_which_wins(file: Path, name: str, given: Any, said: Any) -> None:
    """Tell on standard error that the command line wins over the file."""
    if str(given) != str(said):
        print(f"thesis-gan: {name} is {given}, from the command line, not {said} as in {file}.", file=sys.stderr)


def folder_name(name: str, overrides: Sequence[str]) -> str:
    """``name`` and what is set otherwise, as one folder's name. Raises UserError if that is too long to be one."""
    full = "-".join([name, *overrides]).replace("/", "_")
    if len(os.fsencode(full)) > LONGEST_NAME:
        raise UserError(f"A folder named after all {len(overrides)} settings has too long a name; choose one with --output.")
    return full
