"""The user's settings of pip, without those that would let it install elsewhere, or something else."""

import ast
import functools
import os
import re
import subprocess

from system import SetUpError

# How to reach the packages, and which: everything else (user, target, prefix, require-hashes …) is meant for other installations.
KEPT = {
    "index-url",
    "extra-index-url",
    "no-index",
    "find-links",
    "trusted-host",
    "cert",
    "client-cert",
    "proxy",
    "timeout",
    "default-timeout",
    "retries",
    "cache-dir",
    "no-cache-dir",
    "constraint",
    "keyring-provider",
    "use-feature",
    "use-deprecated",
}
LINE = re.compile(r"(?P<section>global|install|:env:)\.(?P<key>[\w-]+)=(?P<value>['\"].*['\"])$")


@functools.lru_cache(maxsize=None)
def environment(python):
    """The environment variables for a pip of ``python`` that reads no file of settings. Raises SetUpError if one is damaged."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    ours = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    # pip itself knows which files it reads, and which goes first. -vvv: whatever they say of quietness.
    asked = {**variables, **_of_environment(), **ours}
    result = subprocess.run(
        [str(python), "-m", "pip", "-vvv", "config", "list"],
        env=asked,
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    text = result.stdout.decode(errors="replace")
    if result.returncode != 0:
        raise SetUpError(f"pip cannot read its settings: {(text.strip().splitlines() or ['it does not say why'])[-1].strip()}")
    found = {section: {} for section in ("global", "install", ":env:")}
    for line in map(LINE.match, text.splitlines()):
        if line and line["key"] in KEPT:
            found[line["section"]][line["key"]] = ast.literal_eval(line["value"])
    settings = {**found["global"], **found["install"], **found[":env:"]}
    kept = {"PIP_" + key.replace("-", "_").upper(): value for key, value in settings.items()}
    return {**variables, **kept, **ours, "PIP_CONFIG_FILE": os.devnull}


def _of_environment():
    names = {"PIP_" + key.replace("-", "_").upper() for key in KEPT} | {"PIP_CONFIG_FILE"}
    return {name: os.environ[name] for name in names if name in os.environ}
