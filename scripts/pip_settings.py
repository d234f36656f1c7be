"""The user's settings of pip, without those that would let it install elsewhere, or something else."""

import functools
import json
import os
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
# pip itself knows which files it reads and which goes first. `pip config list` leaves out files that $PIP_CONFIG_FILE names.
QUESTION = """
import json
from pip._internal.configuration import Configuration
configuration = Configuration(isolated=False)
configuration.load()
print(json.dumps(list(configuration.items())))
"""


@functools.lru_cache(maxsize=None)
def environment(python):
    """The environment variables for a pip of ``python`` that reads no file of settings. Raises SetUpError if one is damaged."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    ours = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    asked = {**variables, **_of_environment()}
    result = subprocess.run([str(python), "-c", QUESTION], env=asked, cwd="/", capture_output=True)
    if result.returncode != 0:
        said = result.stderr.decode(errors="replace").strip().splitlines() or ["it does not say why"]
        raise SetUpError(f"pip cannot read its settings ({said[-1].strip()}): see pip config debug")
    found = {section: {} for section in ("global", "install", ":env:")}
    for name, value in json.loads(result.stdout.decode().splitlines()[-1]):
        section, _, key = name.partition(".")
        if section in found and key in KEPT:
            found[section][key] = value
    settings = {**found["global"], **found["install"], **found[":env:"]}
    kept = {"PIP_" + key.replace("-", "_").upper(): value for key, value in settings.items()}
    return {**variables, **kept, **ours, "PIP_CONFIG_FILE": os.devnull}


def _of_environment():
    names = {"PIP_" + key.replace("-", "_").upper() for key in KEPT} | {"PIP_CONFIG_FILE"}
    return {name: os.environ[name] for name in names if name in os.environ}
