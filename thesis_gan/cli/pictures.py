"""``thesis-gan sample``, ``interpolate`` and ``animate``: what a run's generator makes, to be looked at or read on."""

from typing import Any, List, Optional

from thesis_gan.cli.arguments import add_command, add_device, add_path, add_run, whole
from thesis_gan.errors import UserError

MOVING = (".gif", ".webp")
MOST_PIXELS = 16_384  # on a side of a sheet; programs that show pictures begin to refuse there


def add_to(commands) -> None:
    sample = add_command(commands, "sample", _sample, "write images, or points, of a run's generator")
    add_run(sample)
    sample.add_argument("--count", type=whole(1, 1_000_000), required=True, metavar="N", help="how many")
    sample.add_argument(
        "--labels", metavar="A,B", help="classes separated by commas, repeated up to the count; for methods told labels"
    )
    sample.add_argument(
        "--seed", type=whole(0, 2**32 - 1), metavar="S", help="other images than those of the run's own seed, the default"
    )
    written = "X.png for a sheet, X.npz for arr_0, uint8 (N, H, W, C) or float32 (N, 2), a new folder for a PNG of each image"
    add_path(sample, "--output", "X", written, required=True)
    sample.add_argument("--columns", type=whole(1, 1000), metavar="N", help="images in a row of the sheet (default 8)")
    _add_scale(sample)
    add_device(sample)

    interpolate = add_command(
        commands, "interpolate", _interpolate, "write images on the way between two z, or between two digits"
    )
    add_run(interpolate)
    interpolate.add_argument(
        "--between", choices=("z", "labels"), default="z", help="labels: each digit into the next, same z (default z)"
    )
    interpolate.add_argument("--rows", type=whole(1, 1000), default=10, metavar="N", help="ways to go (default 10)")
    interpolate.add_argument(
        "--steps", type=whole(2, 1000), default=10, metavar="N", help="images on each way, with its ends (default 10)"
    )
    add_path(interpolate, "--output", "X", "X.png for one row per way, X.gif or X.webp to see them move", required=True)
    _add_scale(interpolate)
    add_device(interpolate)

    animate = add_command(commands, "animate", _animate, "make an animation of a run's training from its sheets, one per epoch")
    add_run(animate)
    add_path(animate, "--output", "X", "the animation, X.gif, or X.webp, which is a fifth as large", required=True)
    frames = "show at most so many sheets, spread evenly, the first and the last included (default 100)"
    animate.add_argument("--frames", type=whole(2, 10_000), default=100, metavar="N", help=frames)
    _add_scale(animate)


def _add_scale(command: Any) -> None:
    command.add_argument(
        "--scale",
        type=whole(1, 32),
        metavar="N",
        help="enlarge the picture so many times (default: to about 900 pixels; 1 for one pixel per pixel)",
    )


def _sample(options) -> None:
    import numpy as np

    from thesis_gan.data import images, picture_files
    from thesis_gan.device import context
    from thesis_gan.runs.run import Run
    from thesis_gan.training.sampling import SHEET_COLUMNS

    form = options.output.suffix
    if form not in (".png", ".npz", "") or (form == ".png" and options.output.is_dir()):
        raise UserError(f"--output {options.output} must end in .png or .npz, or be a new folder.")
    sheet = form == ".png"
    for name in ("columns", "scale"):
        if getattr(options, name) is not None and form == ".npz":
            raise UserError(f"--{name} is for pictures, and {options.output} holds arrays; leave it out.")
    if options.columns is not None and not sheet:
        raise UserError(f"--columns is for a sheet; leave it out, or name a file X.png instead of {options.output}.")
    labels = None if options.labels is None else np.resize(_labels(options.labels), options.count)
    run = Run(options.run_folder)
    columns = min(options.columns or SHEET_COLUMNS, options.count)
    if sheet and run.kind == "images":
        squarer = ", or a squarer sheet with --columns" if options.scale in (None, 1) else ""
        remedy = f"write X.npz or a folder with --output{squarer}"
        _refuse_large(run, options.scale, columns, -(-options.count // columns), f"{options.count} images", remedy)
    if run.kind != "images" and options.columns is not None:
        raise UserError(f"--columns is for images, and {options.run_folder} makes points; leave it out.")
    if run.kind != "images" and form == "":
        raise UserError(f"{options.run_folder} makes points; write them to X.npz, or X.png for a picture of all.")
    sampled = run.sample(options.count, context(options.device), labels, seed=options.seed)
    if form == "":
        picture_files.write_pictures(options.output, [images.enlarged(image, options.scale or 1) for image in sampled])
    elif sheet:
        picture = run.picture(sampled) if run.kind != "images" else images.grid(sampled, columns)
        scale = options.scale or (1 if run.kind != "images" else images.to_be_seen(picture.shape))
        picture_files.write_picture(options.output, images.enlarged(picture, scale))
    else:
        picture_files.save_npz(options.output, sampled)
    print(f"{options.count} {run.kind} are in {options.output}.")


def _refuse_large(run: Any, scale: Optional[int], columns: int, rows: int, what: str, remedy: str) -> None:
    """Raises UserError for a sheet of so many of the run's images in a row, and rows, that no program shows."""
    _, height, width = run.data.shape
    size = (scale or 1) * columns * width, (scale or 1) * rows * height
    if max(size) > MOST_PIXELS:
        raise UserError(f"A sheet of {what} would be {size[0]} x {size[1]} pixels, too large to be shown; {remedy}.")


def _interpolate(options) -> None:
    from thesis_gan.data import images, picture_files
    from thesis_gan.device import context
    from thesis_gan.runs.run import Run

    if options.output.suffix not in (".png", *MOVING):
        raise UserError(f"--output {options.output} must end in .png, .gif or .webp.")
    run = Run(options.run_folder)
    if options.output.suffix == ".png" and run.kind == "images":
        what = f"{options.rows} ways of {options.steps} images"
        _refuse_large(run, options.scale, options.steps, options.rows, what, "ask for fewer --rows or --steps")
    ways = run.interpolate(options.rows, options.steps, context(options.device), options.between == "labels")
    if options.output.suffix == ".png":
        picture = images.grid(ways.reshape((-1, *ways.shape[2:])), options.steps)
        picture_files.write_picture(options.output, *_seen([picture], options.scale))
    else:
        columns = min(5, options.rows)
        there = _seen([images.grid(ways[:, step], columns) for step in range(options.steps)], options.scale)
        picture_files.write_animation(options.output, [*there, *there[-2:0:-1]], 100)
    print(f"{options.rows} ways of {options.steps} images are in {options.output}.")


def _animate(options) -> None:
    from thesis_gan.data import picture_files
    from thesis_gan.runs.run import Run

    if options.output.suffix not in MOVING:
        raise UserError(f"--output {options.output} must end in .gif or .webp.")
    run = Run(options.run_folder)
    sheets, kept = run.sheet_files(options.frames), len(run.sheet_files())
    frames = _seen([picture_files.read_picture(file) for file in sheets.values()], options.scale)
    titled = [picture_files.titled(frame, f"epoch {epoch}") for epoch, frame in zip(sheets, frames)]
    picture_files.write_animation(options.output, titled, 250)
    of_all = "" if len(sheets) == kept else f" of {kept}"
    print(f"{len(sheets)}{of_all} epochs are in {options.output}.")


def _seen(pictures: List[Any], scale: Optional[int]) -> List[Any]:
    """Pictures of one size, uint8 (H, W, C), enlarged: so many times, or so that they can be looked at."""
    from thesis_gan.data import images

    return [images.enlarged(picture, scale or images.to_be_seen(pictures[0].shape)) for picture in pictures]


def _labels(text: str) -> List[int]:
    try:
        labels = [int(part) for part in text.split(",")]
    except ValueError:
        labels = [-1]
    if min(labels) < 0:
        raise UserError(f"--labels takes classes, numbers from 0 on, separated by commas, not {text!r}.")
    return labels
