"""``thesis-gan export``: a run's generator for other programs."""

from thesis_gan.cli.arguments import add_command, add_run, path


def add_to(commands) -> None:
    """The command, its arguments and their help."""
    command = add_command(commands, "export", run, "write a run's generator as a file for other programs (docs/use-elsewhere.md)")
    add_run(command)
    command.add_argument(
        "--output",
        type=path,
        required=True,
        metavar="FILE",
        help="X.onnx for ONNX, X-symbol.json (and X-0000.params) for MXNet itself",
    )


def run(options) -> None:
    """Write the file, and say how it is used."""
    from thesis_gan.export import export
    from thesis_gan.runs.run import Run

    print(export(Run(options.run_folder), options.output))
