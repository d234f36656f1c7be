"""``thesis-gan export``: a run's generator for other programs."""

from thesis_gan.cli.arguments import add_command, add_path, add_run


def add_to(commands) -> None:
    command = add_command(commands, "export", run, "write a run's generator as a file for other programs (docs/use-elsewhere.md)")
    add_run(command)
    written = "X.onnx for ONNX, X-symbol.json (and X-0000.params) for MXNet itself"
    add_path(command, "--output", "FILE", written, required=True)


def run(options) -> None:
    """Write the file, and say how it is used."""
    from thesis_gan.export import export
    from thesis_gan.runs.run import Run

    print(export(Run(options.run_folder), options.output))
