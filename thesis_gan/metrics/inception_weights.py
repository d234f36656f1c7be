"""Weights published elsewhere: where they are kept, and how they get there."""

import hashlib
import os
from pathlib import Path
from typing import Optional

import requests

from thesis_gan import files
from thesis_gan._compat import import_model_zoo
from thesis_gan.cache import VARIABLE, cache_folder
from thesis_gan.errors import UserError, say

PUBLISHED = "pt_inception-2015-12-05-6726825d.pth"
PUBLISHED_URL = f"https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/{PUBLISHED}"
PUBLISHED_SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"

ZOO_MODEL = "inceptionv3"

TIMEOUT = 20  # seconds without an answer


def weights_at_hand() -> Optional[Path]:
    """The file of FID's Inception weights in the cache; None if it is not there, or damaged, which is said on standard error."""
    path = cache_folder() / PUBLISHED
    if not path.exists():
        return None
    if files.sha256(path) == PUBLISHED_SHA256:
        return path
    say(f"{path} is damaged (its SHA-256 is not the published one) and is not used; delete it.")
    return None


def published_weights() -> Path:
    """The file of FID's Inception weights (TensorFlow's graph of 2015-12-05 in PyTorch's format), downloaded once, 96 MB.

    Raises UserError if it cannot be downloaded, or if what was is another file.
    """
    known = weights_at_hand()
    if known:
        return known
    path = cache_folder() / PUBLISHED
    print(f"Downloading {PUBLISHED_URL} to {path.parent} ...", flush=True)
    try:
        answer = requests.get(PUBLISHED_URL, timeout=TIMEOUT)
        answer.raise_for_status()
    except OSError as error:  # requests' own, and a bundle of certificates that is not there
        raise UserError(
            f"The Inception weights cannot be downloaded ({_why(error)}); get {PUBLISHED_URL} elsewhere, "
            f"and name the file with --weights FILE or put it into {path.parent}."
        ) from None
    if hashlib.sha256(answer.content).hexdigest() != PUBLISHED_SHA256:
        raise UserError(f"{PUBLISHED_URL} gave another file (its SHA-256 is not the one recorded); try again later.")
    try:
        files.write_bytes(path, answer.content)
    except UserError:
        raise UserError(f"{path} cannot be written; free space there, or name another folder with ${VARIABLE}.") from None
    return path


def zoo_weights() -> Path:
    """The file of GluonCV's own Inception-v3, downloaded and checked once by GluonCV, 96 MB.

    Raises UserError if it cannot be downloaded, ImportError without GluonCV.
    """
    store = import_model_zoo().model_store
    folder = cache_folder()
    try:
        return Path(store.get_model_file(ZOO_MODEL, root=str(folder)))
    except (OSError, RuntimeError, ValueError) as error:
        name = f"{ZOO_MODEL}-{store.short_hash(ZOO_MODEL)}.params"
        raise UserError(
            f"GluonCV's Inception-v3 cannot be downloaded ({_why(error)}); get {name} from its model zoo elsewhere, "
            f"and name the file with --weights FILE or put it into {folder}."
        ) from None


def _why(error: Exception) -> str:
    """The kind of the fault; of one in the settings of the network ($REQUESTS_CA_BUNDLE, $HTTPS_PROXY …), all that is said."""
    if isinstance(error, requests.RequestException) or not str(error):
        return type(error).__name__
    bundles = [name for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE") if os.environ.get(name, "") in str(error).split(": ")]
    return str(error) + (f", which ${bundles[0]} names" if bundles else "")
