"""``thesis-gan list`` and ``settings``: what there is to be trained, and what can be set."""

import json
import shutil
import textwrap
from typing import Any, Dict

from thesis_gan.cli.arguments import add_command, add_profile


def add_to(commands) -> None:
    add_command(commands, "list", _list, "list the methods: name, source, one line")
    command = add_command(
        commands,
        "settings",
        _settings,
        "list the settings: name, value, range, origin, meaning",
        "Set one with --set NAME=VALUE, or many with --config FILE.",
    )
    command.add_argument(
        "method", metavar="METHOD", nargs="?", help="what they are for this GAN under a profile (default: the common defaults)"
    )
    add_profile(command)
    command.add_argument("--json", action="store_true", help="print them as JSON, for programs")


def _list(options) -> None:
    from thesis_gan import methods

    for name in methods.names():
        method = methods.find(name)
        print(f"{name:10}  {method.summary}  [{method.source}]")


def _settings(options) -> None:
    from thesis_gan.errors import UserError

    if options.method is None and options.profile is not None:
        raise UserError("A profile's settings are a method's; name one, e.g. thesis-gan settings dcgan --profile quick.")
    title, entries = _common() if options.method is None else _of_method(options.method, options.profile or "quick")
    if options.json:
        print(json.dumps(entries, indent=2, ensure_ascii=False))
        return
    width = max(60, min(shutil.get_terminal_size().columns, 130))
    names = max(map(len, entries))
    values = max(len(_shown(entry["value"])) for entry in entries.values())
    print(f"{title}\n")
    for name, entry in entries.items():
        print(f"{name:{names}}  {_shown(entry['value']):{values}}  {entry['range']}".rstrip())
        text = f"{entry['meaning']} [{entry['origin']}]"
        print(textwrap.fill(text, width, initial_indent="    ", subsequent_indent="    "))


def _common() -> Any:
    """Every setting with its common default, or the methods that give it one."""
    from thesis_gan import methods
    from thesis_gan.settings import SETTINGS, default_values

    entries = {}
    for name, setting in SETTINGS.items():
        value, origin = setting.default or (None, "")
        if setting.default is None:
            users = [method for method in methods.names() if name in default_values(methods.find(method))]
            origin = f"only of {', '.join(users)}"
        entries[name] = _entry(setting, value, origin)
    return "All settings with their common defaults; `thesis-gan settings METHOD [--profile P]` has those of a method.", entries


def _of_method(method_name: str, profile: str) -> Any:
    """A method's settings under a profile, and the common default beside what differs from it."""
    from thesis_gan import methods
    from thesis_gan.profiles import resolve
    from thesis_gan.settings import SETTINGS

    method = methods.find(method_name)
    entries = {}
    for name, found in resolve(method, profile).to_json().items():
        setting = SETTINGS[name]
        entry = _entry(setting, found["value"], found["origin"])
        if setting.default is not None and str(setting.default.value) != str(found["value"]):
            entry["origin"] += f"; common default: {_shown(setting.default.value)}"
            entry["common_default"] = setting.default.value
        entries[name] = entry
    return f"Settings of {method.title} ({method_name}) under the profile {profile}.", entries


def _entry(setting: Any, value: Any, origin: str) -> Dict[str, Any]:
    from thesis_gan import data

    choices = {"data": data.names()}.get(setting.name, setting.choices)
    if choices:
        permitted = " | ".join(map(str, choices))
    elif setting.minimum is not None:
        permitted = f"{setting.minimum:.12g} to {setting.maximum:.12g}"
    else:
        permitted = ""
    return {"value": value, "range": permitted, "origin": origin, "meaning": setting.help}


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.12g}" if isinstance(value, float) else str(value)
