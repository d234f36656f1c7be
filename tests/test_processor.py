"""AMX is switched on where processor and kernel have it; and what bfloat16 is worth on which processor."""

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from helpers import settings_of
from reference.make_first_steps import bits

from thesis_gan import methods, processor, start
from thesis_gan._compat import mx
from thesis_gan.errors import UserError
from thesis_gan.processor import AMX, BFLOAT16, LIMIT
from thesis_gan.runs import train as run_train
from thesis_gan.runs.run import Run

ZEN4 = "avx avx2 sse4_1 avx512bw avx512_vnni avx512_bf16"
SAPPHIRE_RAPIDS = f"{ZEN4} amx_tile amx_bf16"
SKYLAKE = "avx avx2 sse4_1 avx512bw"
HASWELL = "avx avx2 sse4_1"


@pytest.fixture
def pretend(monkeypatch):
    """Makes this processor another, with a kernel that permits AMX, or not."""

    def change(flags, vendor="GenuineIntel", permitted=True):
        monkeypatch.delenv(LIMIT, raising=False)
        names = {"model name": "pretended", "cpu family": "1", "model": "2"}
        monkeypatch.setattr(processor, "about", lambda: {"vendor_id": vendor, "flags": flags, **names})
        monkeypatch.setattr(processor, "_tiles_permitted", lambda: permitted)

    return change


@pytest.mark.parametrize(
    ("flags", "permitted", "limit", "left", "said"),
    [
        (SAPPHIRE_RAPIDS, True, None, AMX, ""),
        (SAPPHIRE_RAPIDS, True, AMX, AMX, ""),  # as a process that this one starts finds it
        (SAPPHIRE_RAPIDS, True, "AVX2", "AVX2", ""),
        (SAPPHIRE_RAPIDS, False, None, None, ""),
        (SAPPHIRE_RAPIDS, False, AMX, None, f"{LIMIT}={AMX} is ignored: this kernel does not permit AMX."),
        (SAPPHIRE_RAPIDS, False, "AVX2", "AVX2", ""),
        (ZEN4, True, None, None, ""),
        (ZEN4, False, AMX, AMX, ""),  # of which oneDNN makes what there is
        ("", False, None, None, ""),
    ],
)
def test_amx_is_switched_on_where_it_can_be(pretend, capsys, flags, permitted, limit, left, said):
    pretend(flags, permitted=permitted)
    environment = {} if limit is None else {LIMIT: limit}
    processor.use_amx(environment)
    assert environment.get(LIMIT) == left
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "vendor", "permitted", "limit", "level", "why_not"),
    [
        (SAPPHIRE_RAPIDS, "GenuineIntel", True, None, AMX, ""),
        (SAPPHIRE_RAPIDS, "GenuineIntel", True, AMX, AMX, ""),
        (SAPPHIRE_RAPIDS, "GenuineIntel", False, None, BFLOAT16, "by AMX only"),
        (SAPPHIRE_RAPIDS, "GenuineIntel", True, "ALL", BFLOAT16, "by AMX only"),
        (SAPPHIRE_RAPIDS, "GenuineIntel", True, "AVX2", "AVX2", "no instructions"),
        (ZEN4, "AuthenticAMD", False, None, BFLOAT16, ""),
        (ZEN4, "AuthenticAMD", False, AMX, BFLOAT16, ""),
        (ZEN4, "AuthenticAMD", False, "AVX512_CORE", "AVX512_CORE", "no instructions"),
        (SKYLAKE, "GenuineIntel", False, None, "AVX512_CORE", "no instructions"),
        (HASWELL, "AuthenticAMD", False, None, "AVX2", "no instructions"),
        ("", "?", False, None, "", "not known"),
    ],
)
def test_what_bfloat16_is_worth(pretend, flags, vendor, permitted, limit, level, why_not):
    pretend(flags, vendor, permitted)
    environment = {} if limit is None else {LIMIT: limit}
    assert processor.instructions(environment) == level
    said = processor.why_not_bfloat16(64, 28, True, environment)
    assert (why_not in said) if why_not else not said


@pytest.mark.parametrize(
    ("flags", "width", "side", "penalised", "pays"),
    [
        (ZEN4, 16, 28, False, False),
        (ZEN4, 31, 32, True, False),
        (ZEN4, 32, 28, True, True),
        (ZEN4, 16, 64, False, True),
        (SAPPHIRE_RAPIDS, 16, 28, False, True),
        (SAPPHIRE_RAPIDS, 32, 28, False, True),
        (SAPPHIRE_RAPIDS, 32, 28, True, False),
        (SAPPHIRE_RAPIDS, 64, 28, True, True),
        (SAPPHIRE_RAPIDS, 32, 64, True, True),
    ],
)
def test_bfloat16_is_for_networks_that_have_enough_to_multiply(pretend, flags, width, side, penalised, pays):
    pretend(flags, "AuthenticAMD" if flags == ZEN4 else "GenuineIntel", permitted=True)
    assert (processor.why_not_bfloat16(width, side, penalised, {}) == "") == pays


def test_auto_takes_what_is_faster_and_says_why(pretend):
    pretend(ZEN4, "AuthenticAMD")
    assert settings_of("dcgan", "precision=auto", "width=32").to_json()["precision"] == {
        "value": "bfloat16",
        "origin": "auto: the faster on this processor",
    }
    assert settings_of("dcgan", "precision=auto", "width=32", "architecture=mlp").precision == "float32"
    assert settings_of("dcgan", "precision=auto", "width=16").to_json()["precision"] == {
        "value": "float32",
        "origin": "auto: at 28x28 pixels networks of a width below 32 gain nothing by it",
    }
    with pytest.raises(UserError, match="Setting width cannot be 'wide'"):
        settings_of("dcgan", "precision=auto", "width=wide")
    pretend(SKYLAKE)
    assert settings_of("dcgan", "precision=auto").to_json()["precision"] == {
        "value": "float32",
        "origin": "auto: the processor has no instructions for it",
    }


def test_a_run_goes_on_in_the_precision_in_which_it_was_started(pretend, tmp_path, monkeypatch):
    monkeypatch.setattr(run_train, "_train", lambda config, gan, *rest: write_config(tmp_path, config, gan))
    for flags in (SKYLAKE, ZEN4):  # the second time on another processor
        pretend(flags, "AuthenticAMD")
        run_train.train("dcgan", "smoke", 0, ["precision=auto", "width=32"], tmp_path, mx.cpu(), 1, "lines")
        assert Run(tmp_path).settings.to_json()["precision"]["value"] == "float32"
    assert Run(tmp_path).settings.to_json()["precision"]["origin"] == "auto: the processor has no instructions for it"


def test_train_says_where_bfloat16_does_not_pay(pretend, tmp_path, monkeypatch, capsys):
    class Trained(Exception):
        pass

    def stop(*arguments):
        raise Trained

    for flags, vendor, said in (
        (SAPPHIRE_RAPIDS, "GenuineIntel", False),
        (ZEN4, "AuthenticAMD", False),
        (ZEN4, "GenuineIntel", True),
    ):
        pretend(flags, vendor)
        monkeypatch.setattr(run_train, "Training", lambda *arguments: SimpleNamespace(warnings=(), generator_steps=0))
        monkeypatch.setattr(run_train.files, "write_json", stop)  # what comes next
        with pytest.raises(Trained):
            run_train.train("dcgan", "smoke", 0, ["precision=bfloat16", "width=32"], tmp_path / vendor, mx.cpu(), 1, "lines")
        assert ("bfloat16 does not pay here: Intel's processors" in capsys.readouterr().err) == said


def write_config(folder, config, gan):
    assert gan.settings.precision == config["settings"]["precision"]["value"]
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


@pytest.mark.numeric
@pytest.mark.skipif(processor.instructions() != AMX, reason="this processor, or its kernel, has no AMX")
def test_float32_keeps_its_bits_under_amx():
    script = "from test_processor import print_bits; print_bits()"
    environment = {**start.environment(), LIMIT: BFLOAT16}
    environment["PYTHONPATH"] = os.pathsep.join([os.path.dirname(__file__), environment["PYTHONPATH"]])
    without = subprocess.run([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, check=True, text=True)
    assert {name: bits(name) for name in methods.names()} == json.loads(without.stdout)


def print_bits():
    """Hashes of the first steps of each method, as JSON."""
    print(json.dumps({name: bits(name) for name in methods.names()}))
