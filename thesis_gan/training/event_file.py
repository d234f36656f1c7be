"""A run for TensorBoard: its numbers and sheets of samples as one event file, written by tensorboardX."""

import hashlib
import importlib
import json
import time
from pathlib import Path
from typing import Any, Mapping, Tuple

from PIL import Image

from thesis_gan.errors import UserError

PATTERN = "events.out.tfevents.*"


def import_tensorboardx() -> Tuple[Any, Any]:
    """tensorboardX's messages (``event_pb2``, ``summary_pb2``). Raises ImportError, in one sentence, if it is not installed."""
    try:
        return tuple(importlib.import_module(f"tensorboardX.proto.{name}_pb2") for name in ("event", "summary"))
    except ImportError as error:
        raise ImportError(
            f"tensorboardX cannot be imported ({error}): run ./run_all.sh setup --tensorboard in the repository"
        ) from error


class EventFile:
    """The only event file in ``folder``. It is begun anew each time, so who opens it writes all that there is to be seen.

    tensorboardX's usual ``SummaryWriter`` would write from a thread of its own, and a full disk leave training waiting for it.
    """

    def __init__(self, folder: Path, run: Mapping[str, Any]) -> None:
        """run: what tells the run from others, as JSON. An event file of the same run is replaced.

        Raises UserError if there is one of another run; ImportError if tensorboardX is not installed.
        """
        self._events, self._summaries = import_tensorboardx()
        from tensorboardX.event_file_writer import EventsWriter

        suffix = "." + hashlib.sha256(json.dumps(run, sort_keys=True).encode()).hexdigest()[:16]
        others = sorted(folder.glob(PATTERN))
        if any(path.suffix != suffix for path in others):
            raise UserError(f"{folder} holds the events of another run; delete that folder, or choose another --tensorboard.")
        for path in others:
            path.unlink()
        folder.mkdir(parents=True, exist_ok=True)
        self._writer = EventsWriter(str(folder / "events"), suffix)
        # A TensorBoard that is looking forgets what it read of the file before.
        start = self._events.SessionLog(status=self._events.SessionLog.START)
        self._writer.write_event(self._events.Event(wall_time=time.time(), step=0, session_log=start))

    def scalars(self, step: int, group: str, numbers: Mapping[str, float]) -> None:
        """Add a point at ``step`` to each of the curves ``group``/NAME."""
        self._add(step, [{"tag": f"{group}/{name}", "simple_value": number} for name, number in numbers.items()])

    def picture(self, step: int, tag: str, path: Path) -> None:
        """Add a PNG file, grey or in colour, as the picture ``tag`` of ``step``."""
        with Image.open(str(path)) as picture:
            (width, height), channels = picture.size, len(picture.getbands())
        shape = {"width": width, "height": height, "colorspace": channels}
        image = self._summaries.Summary.Image(encoded_image_string=path.read_bytes(), **shape)
        self._add(step, [{"tag": tag, "image": image}])

    def flush(self) -> None:
        """Let readers see all of it."""
        self._writer.flush()

    def close(self) -> None:
        """Nothing more is written."""
        self._writer.close()

    def _add(self, step, values):
        summary = self._summaries.Summary(value=[self._summaries.Summary.Value(**value) for value in values])
        self._writer.write_event(self._events.Event(wall_time=time.time(), step=step, summary=summary))
