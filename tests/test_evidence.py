"""toy.json, perfect.json, times.json, quality.json as the claims read them: as written, or one sentence that says what to do."""

import copy
import json
from functools import reduce

import pytest
from helpers import write_run

from thesis_gan import methods
from thesis_gan.cli import main
from thesis_gan.errors import Damaged
from thesis_gan.json_shape import conforms, is_number, is_share, is_text
from thesis_gan.reproduction import quality_by_epoch
from thesis_gan.reproduction.store import STORED
from thesis_gan.reproduction.studies import registry

EXPERIMENTS = {experiment.command: experiment for experiment in registry.EXPERIMENTS}
WHOLE = {name: json.loads((STORED / "quick" / f"{name}.json").read_text(encoding="utf-8")) for name in ("toy", "perfect")}
TIMED = {"critic_steps": 5, "critic_ms": [20.0, 21.0], "generator_ms": [30.0, 31.0], "share_of_time": [1.0, 0.9]}
WHOLE["times"] = {"processor": "a processor", "threads": 1, "width": 32, "batch_size": 64, "batches_per_pass": 937}
WHOLE["times"]["methods"] = {name: copy.deepcopy(TIMED) for name in methods.names(in_thesis=True)}
NOTHING = object()


def changed(name, path, value):
    """What is stored, with the entry at ``path`` another ``value``, or NOTHING."""
    content = copy.deepcopy(WHOLE[name])
    *parents, last = path
    place = reduce(lambda part, key: part[key], parents, content)
    if value is NOTHING:
        del place[last]
    else:
        place[last] = value
    return content


DEEP, CRITIC, LOOKED_AT = ("deep", 0), ("critics", 0), ("discriminators", 0)
MALFORMED = [
    ("toy", ("deep",), NOTHING),
    ("toy", ("deep",), []),
    ("toy", ("deep",), "deep"),
    ("toy", ("deep",), WHOLE["toy"]["deep"][:1]),  # clipped critics only
    ("toy", ("deep",), WHOLE["toy"]["deep"][-1:]),  # none clipped
    ("toy", ("critics",), []),
    ("toy", ("critics",), WHOLE["toy"]["critics"][1:2]),  # none clipped
    ("toy", DEEP, None),
    ("toy", (*DEEP, "norms"), {}),
    ("toy", (*DEEP, "norms"), [[1.0]]),
    ("toy", (*DEEP, "norms", "0"), []),
    ("toy", (*DEEP, "norms", "0"), [1.0]),
    ("toy", (*DEEP, "norms", "0", 3), float("nan")),
    ("toy", (*DEEP, "norms", "0", 3), 0.0),
    ("toy", (*DEEP, "norms", "0", 3), "1"),
    ("toy", (*DEEP, "norms", "late"), [1.0] * 12),
    ("toy", (*DEEP, "constraint"), NOTHING),
    ("toy", (*DEEP, "clip"), True),
    ("toy", (*DEEP, "share_at_bounds"), NOTHING),
    ("toy", (*CRITIC, "share_at_bounds"), NOTHING),
    ("toy", (*CRITIC, "share_at_bounds"), float("nan")),
    ("toy", (*CRITIC, "share_at_bounds"), 1.5),
    ("perfect", ("discriminators",), NOTHING),
    ("perfect", ("discriminators",), {}),
    ("perfect", ("discriminators",), []),
    ("perfect", ("discriminators",), WHOLE["perfect"]["discriminators"][1:2]),  # of one game only
    ("perfect", (*LOOKED_AT, "noise"), "no"),
    ("perfect", (*LOOKED_AT, "game"), "another"),
    ("perfect", (*LOOKED_AT, "accuracy"), []),
    ("perfect", (*LOOKED_AT, "accuracy"), [None]),
    ("perfect", (*LOOKED_AT, "critic_loss"), []),
    ("perfect", (*LOOKED_AT, "critic_loss", 5), float("inf")),
    ("perfect", (*LOOKED_AT, "critic_loss", 5), 10**400),
    ("perfect", (*LOOKED_AT, "gradient_norms"), {}),
    ("perfect", (*LOOKED_AT, "gradient_norms", "saturating"), NOTHING),
    ("perfect", (*LOOKED_AT, "gradient_norms", "saturating"), [1.0]),
    ("perfect", (*LOOKED_AT, "gradient_norms", "saturating", 0), 0),
    ("times", ("methods",), NOTHING),
    ("times", ("methods", "wgan"), NOTHING),
    ("times", ("methods", "wgan", "critic_steps"), 0),
    ("times", ("methods", "wgan", "critic_ms"), [20.0]),
    ("times", ("methods", "wgan", "generator_ms", 0), float("nan")),
    ("times", ("methods", "wgan", "share_of_time"), NOTHING),
    ("times", ("processor",), None),
    ("times", ("width",), "32"),
]


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_evidence_is_read_as_it_was_written(name, tmp_path):
    assert EXPERIMENTS[name].read(tmp_path) is None
    (tmp_path / f"{name}.json").write_text(json.dumps(WHOLE[name]), encoding="utf-8")
    assert EXPERIMENTS[name].read(tmp_path) == WHOLE[name]


@pytest.mark.parametrize(("name", "path", "value"), MALFORMED)
def test_malformed_evidence_is_one_sentence_with_the_file_and_the_remedy(name, path, value, tmp_path):
    file = tmp_path / f"{name}.json"
    file.write_text(json.dumps(changed(name, path, value)), encoding="utf-8")
    with pytest.raises(Damaged) as raised:
        EXPERIMENTS[name].read(tmp_path)
    assert str(raised.value) == f"{file} is damaged; make it anew with `thesis-gan {name} --output {tmp_path}`."


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"null", b"3", b"[" * 100000])
@pytest.mark.parametrize("name", EXPERIMENTS)
@pytest.mark.parametrize("command", ["claims", "report"])
def test_commands_that_read_damaged_evidence_say_so_without_a_traceback(command, name, content, tmp_path, capsys, monkeypatch):
    from thesis_gan.reproduction import table1, thesis_figures

    monkeypatch.setattr(table1, "write", lambda results: None)
    monkeypatch.setattr(thesis_figures, "write", lambda results: [])
    write_run(tmp_path, "cgan", 0, label_accuracy=0.99, num_samples=1000)
    (tmp_path / f"{name}.json").write_bytes(content)
    assert main([command, "--results", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said == f"thesis-gan: {tmp_path / name}.json is damaged; make it anew with `thesis-gan {name} --output {tmp_path}`.\n"


@pytest.mark.parametrize(
    "content",
    [
        *([1], [], None, {"dcgan-seed0": [1]}, {"dcgan-seed0": {"1": 1.0}}),
        *({"dcgan-seed0": {"history_sha256": "0", "distances": by_epoch}} for by_epoch in ([1], {"1": None}, {"one": 1.0})),
    ],
)
def test_malformed_quality_is_one_sentence_with_the_file_and_the_remedy(content, tmp_path):
    (tmp_path / quality_by_epoch.QUALITY).write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(Damaged, match=r"quality.json is damaged; delete it and run the command again\.$"):
        quality_by_epoch.measure(tmp_path, [])


@pytest.mark.parametrize(
    ("content", "shape", "expected"),
    [
        ({"a": 1, "b": None}, {"a": is_number}, True),
        ({"b": 1}, {"a": is_number}, False),
        ([1, 2.5], [is_number], True),
        ([], [is_number], False),
        ([1, True], [is_number], False),
        ({"x": [0.5]}, {is_text: [is_share]}, True),
        ({"x": [0.5], "y": []}, {is_text: [is_share]}, False),
        ({}, {is_text: is_share}, False),
        ([{"a": 1}], {"a": is_number}, False),
        ("1", [is_text], False),
    ],
)
def test_content_conforms_to_a_shape(content, shape, expected):
    assert conforms(content, shape) == expected
