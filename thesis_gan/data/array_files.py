"""Images in NumPy's files."""

import shutil
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from thesis_gan import files
from thesis_gan.cache import VARIABLE, cache_folder
from thesis_gan.errors import NoPlace, UserError

STATISTICS = {"mu", "sigma"}  # what other programs keep of a reference for FID: the mean and the covariance of its features


def load_array(path: Path, mapped: bool = False) -> np.ndarray:
    """``arr_0`` of an .npz, or the array of an .npy, that only ``mapped`` into memory, to be read, if so asked.

    Raises UserError if the file is missing, damaged or without that array, or if all its values are 0 or 1.
    """
    files.refuse_pipe(path)
    try:
        loaded = np.load(str(path), "r" if mapped else None, allow_pickle=False)
        if not isinstance(loaded, np.ndarray):
            with loaded:
                names = set(loaded.files)
                loaded = None if "arr_0" not in names else _unpacked(path) if mapped else loaded["arr_0"]
    except NoPlace:
        raise
    except FileNotFoundError:
        if Path(path).is_symlink():
            raise UserError(files.unreadable(path)) from None
        raise UserError(f"{path} is missing; name a folder of pictures, a run's folder, or an .npz or .npy file.") from None
    except Exception:  # a damaged archive makes zipfile and NumPy raise a dozen kinds
        raise UserError(
            files.unreadable(path) or f"{path} is no readable .npz or .npy file; save the images with numpy.savez(file, images)."
        ) from None
    if loaded is None:
        if names >= STATISTICS:
            raise UserError(f"{path} holds no images but statistics (mu, sigma), which serve as --reference only.")
        there = ", ".join(sorted(names)[:5]) or "nothing"
        raise UserError(f"{path} has no array arr_0 (it has {there}); save the images with numpy.savez(file, images).")
    refuse_zeros_and_ones(loaded, path)
    return loaded


def _unpacked(path: Path) -> np.ndarray:
    """``arr_0`` of an .npz, mapped from a file without a name in the cache, which is gone once the array, or the process, is."""
    folder = cache_folder()
    with zipfile.ZipFile(str(path)) as archive, archive.open("arr_0.npy") as packed:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=str(folder)) as unpacked:
                shutil.copyfileobj(packed, unpacked)
                unpacked.flush()
                return np.load(f"/proc/self/fd/{unpacked.fileno()}", "r", allow_pickle=False)
        except OSError as error:
            raise NoPlace(
                f"Cannot unpack {path} into {folder} ({error.strerror}); free space there, or set ${VARIABLE} to another folder."
            ) from None


def refuse_zeros_and_ones(images: np.ndarray, path: Path) -> None:
    """Raises UserError, naming ``path``, where ``images`` are 0 and 1 only, which is nearly black for who takes 255 as white."""
    if images.dtype == bool or (
        np.issubdtype(images.dtype, np.number) and images.size and images.max() == 1 and ((images == 0) | (images == 1)).all()
    ):
        raise UserError(f"{path} holds only 0 and 1; pixels go from 0 to 255, so multiply by 255 and save as uint8.")
