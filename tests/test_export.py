"""A generator as a file for other programs: it draws the same there, and says where it comes from."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from helpers import initialised, method_of, write_run

from thesis_gan import __version__, cli, methods
from thesis_gan._compat import mx
from thesis_gan.data.images import to_uint8
from thesis_gan.errors import UserError
from thesis_gan.export import export
from thesis_gan.networks.weights import parameters, save_weights
from thesis_gan.runs.run import Run

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "use-elsewhere.md").read_text(encoding="utf-8")
VARIANTS = [
    ("gan", "conditional=yes"),
    ("wgan-gp", "data=8gaussians"),
    ("dcgan", "precision=bfloat16"),
    ("cgan", "precision=bfloat16"),
    ("dcgan", "z_size=7", "width=3"),
    ("cgan", "data=faces", "width=2"),
    ("wgan-gp-ln", "data=faces", "width=2"),
]


def finished(results, name, *overrides):
    """A run's folder as training leaves it, but that its weights, and batch norm's statistics, are drawn."""
    record = write_run(results, name, 0, overrides=overrides, frechet_inception_distance=129.1)
    folder = results / "runs" / record["run"]
    generator = initialised(method_of(name, *overrides).generator(), standard_deviation=None)
    random = np.random.RandomState(3)
    for key, parameter in parameters(generator).items():
        if not key.endswith("weight"):
            spread = (0.5, 2) if key.endswith(("gamma", "running_var")) else (-0.5, 0.5)
            parameter.set_data(mx.nd.array(random.uniform(*spread, parameter.shape)))
    save_weights(generator, folder / "generator.params")
    return Run(folder)


def some_inputs(run, count):
    random = np.random.RandomState(count)
    inputs = {"z": random.uniform(-1, 1, (count, run.settings.z_size)).astype(np.float32)}
    if run.settings.conditional == "yes":
        inputs["label"] = random.dirichlet(np.ones(run.gan.told_classes), count).astype(np.float32)
    return inputs


def by_gluon(run, inputs):
    """What the generator as it is trained, not its portable form, draws in float32."""
    return run.generator(mx.cpu(), precision="float32")(*map(mx.nd.array, inputs.values())).asnumpy()


@pytest.mark.parametrize("variant", [*((name,) for name in methods.names()), *VARIANTS], ids="-".join)
def test_every_generator_draws_the_same_in_onnx_runtime(variant, tmp_path):
    run, path = finished(tmp_path, *variant), tmp_path / "made" / "generator.onnx"
    assert "ONNX Runtime draws from it what Gluon does" in export(run, path)
    model = onnx.load(str(path))
    assert [(each.domain, each.version) for each in model.opset_import] == [("", 13)]
    most = 20 if run.settings.data == "faces" else 14  # two stages more
    assert len(model.graph.node) <= most and "Conv" not in {node.op_type for node in model.graph.node}
    session = onnxruntime.InferenceSession(str(path))
    output = ["batch", *run.data.shape]
    assert {each.name: each.shape for each in session.get_outputs()} == {run.kind: output}
    for count in (1, 5):
        inputs = some_inputs(run, count)
        assert {each.name: each.shape for each in session.get_inputs()} == {
            name: ["batch", array.shape[1]] for name, array in inputs.items()
        }
        (drawn,) = session.run(None, inputs)
        expected = by_gluon(run, inputs)
        assert expected.std() > 0.05 and drawn.shape == expected.shape
        np.testing.assert_allclose(drawn, expected, rtol=1e-5, atol=1e-5)


def test_the_model_says_where_it_comes_from(tmp_path):
    run, path = finished(tmp_path, "cgan"), tmp_path / "cgan.onnx"
    export(run, path)
    said = onnxruntime.InferenceSession(str(path)).get_modelmeta().custom_metadata_map
    plain = {"method": "cgan", "title": "CGAN", "data": "mnist", "seed": "0", "profile": "smoke", "thesis_gan": __version__}
    assert {key: said[key] for key in plain} == plain
    assert json.loads(said["scores"])["frechet_inception_distance"] == 129.1
    assert json.loads(said["settings"]) == run.config["settings"]


def test_names_of_folders_that_are_no_text_are_written_all_the_same(tmp_path):
    run = finished(tmp_path, "cgan")
    odd = run.folder.rename(run.folder.with_name(os.fsdecode(b"caf\xe9")))
    for name in ("cgan.onnx", "cgan-symbol.json"):
        export(Run(odd), tmp_path / name)
        assert b"caf\\udce9" in (tmp_path / name).read_bytes().replace(b"\\\\", b"\\")


def test_the_same_run_gives_the_same_file(tmp_path):
    run, paths = finished(tmp_path, "cgan"), [tmp_path / "first.onnx", tmp_path / "second.onnx"]
    for path in paths:
        export(run, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.filterwarnings("ignore:Cannot decide type")
@pytest.mark.parametrize("variant", [("dcgan",), ("cgan", "precision=bfloat16"), ("wgan", "data=25gaussians")], ids="-".join)
def test_gluon_reads_symbol_and_parameters(variant, tmp_path):
    run, path = finished(tmp_path, *variant), tmp_path / "generator-symbol.json"
    assert "generator-0000.params" in export(run, path)
    inputs = some_inputs(run, 5)
    block = mx.gluon.SymbolBlock.imports(str(path), list(inputs), str(tmp_path / "generator-0000.params"))
    drawn = block(*map(mx.nd.array, inputs.values())).asnumpy()
    np.testing.assert_allclose(drawn, by_gluon(run, inputs), rtol=1e-5, atol=1e-5)
    _, said = json.loads(path.read_text(encoding="utf-8"))["attrs"]["thesis_gan"]
    assert json.loads(said)["scores"]["status"] == "finished"


def test_what_draws_something_else_is_not_written(tmp_path, monkeypatch):
    run = finished(tmp_path, "dcgan")
    monkeypatch.setattr("thesis_gan.export.onnx_file.draw", lambda *_: np.full((7, 1, 28, 28), np.nan, np.float32))
    with pytest.raises(UserError, match="is not written: ONNX Runtime draws"):
        export(run, tmp_path / "dcgan.onnx")
    assert not (tmp_path / "dcgan.onnx").exists()


def test_without_onnx_runtime_it_says_that_it_did_not_check(tmp_path, monkeypatch):
    run = finished(tmp_path, "dcgan")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "not checked, as ONNX Runtime is not installed (./run_all.sh setup --export)" in export(run, tmp_path / "dcgan.onnx")


def test_mistakes_are_one_sentence(tmp_path, monkeypatch, capsys):
    run = finished(tmp_path, "dcgan")

    def complaint(folder, output):
        assert cli.main(["export", str(folder), "--output", str(tmp_path / output)]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        return line

    assert "is not the folder of a run" in complaint(tmp_path / "none", "x.onnx")
    assert "must end in .onnx or -symbol.json" in complaint(run.folder, "x.pt")
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert "run ./run_all.sh setup --export" in complaint(run.folder, "x.onnx")
    monkeypatch.undo()
    (run.folder / "metrics.json").unlink()
    assert "has not finished" in complaint(run.folder, "x.onnx")
    without = Path(__file__).resolve().parents[1] / "results" / "stored" / "standard" / "runs" / "cgan-seed0"
    assert "without its weights, generator.params; `thesis-gan train --config" in complaint(without, "x.onnx")
    assert not list(tmp_path.glob("x*"))


@pytest.fixture(scope="module")
def beside_cgan(tmp_path_factory):
    """A folder with cgan.onnx, as the page has it, and its run."""
    folder = tmp_path_factory.mktemp("elsewhere")
    run = finished(folder, "cgan")
    export(run, folder / "cgan.onnx")
    return folder, run


def code(heading):
    """The block of code under ``heading`` of the page."""
    return re.search(rf"## {heading}\n.*?```\w+\n(.*?)```", PAGE, re.DOTALL).group(1)


def test_page_onnx_runtime(beside_cgan, monkeypatch):
    folder, run = beside_cgan
    monkeypatch.chdir(folder)
    names = {}
    exec(code("ONNX Runtime"), names)
    expected = to_uint8(by_gluon(run, {"z": names["z"], "label": names["label"]}))
    assert np.abs(names["levels"].transpose(0, 2, 3, 1).astype(int) - expected).max() <= 1
    assert (folder / "digits.png").exists()


def test_page_mxnet(beside_cgan, monkeypatch):
    folder, run = beside_cgan
    monkeypatch.chdir(folder)
    export(run, folder / "cgan-symbol.json")
    names = {}
    exec(code("MXNet"), names)
    expected = by_gluon(run, {"z": names["z"], "label": names["label"]})
    np.testing.assert_allclose(names["images"], expected, rtol=1e-5, atol=1e-5)


def test_page_pytorch(beside_cgan, monkeypatch):
    pytest.importorskip("torch", reason="PyTorch is not installed, and the project does not need it")
    pytest.importorskip("onnx2torch", reason="onnx2torch is not installed, and the project does not need it")
    folder, run = beside_cgan
    monkeypatch.chdir(folder)
    names = {}
    exec(code("PyTorch"), names)
    expected = by_gluon(run, {"z": names["z"].numpy(), "label": names["label"].numpy()})
    np.testing.assert_allclose(names["images"].numpy(), expected, rtol=1e-5, atol=1e-5)


# The page's script on Node, which has no canvas: what it puts there, and the z that it drew, are printed.
ON_NODE = """
import {{ createRequire }} from "module";
const drawn = [];
Math.random = () => {{ drawn.push(((drawn.length * 37) % 100) / 128); return drawn[drawn.length - 1]; }};
globalThis.ImageData = class {{ constructor(w, h) {{ this.data = new Uint8ClampedArray(4 * w * h); }} }};
const canvas = {{ putImageData: (picture) => console.log(JSON.stringify([drawn, Array.from(picture.data)])) }};
globalThis.document = {{ getElementById: () => ({{ getContext: () => canvas }}) }};
const ort = createRequire(process.cwd() + "/")("onnxruntime-web");
{}
"""


def test_page_browser(beside_cgan, monkeypatch):
    folder, run = beside_cgan
    node = shutil.which("node")
    found = node and subprocess.run([node, "-p", "require.resolve('onnxruntime-web')"], capture_output=True, text=True)
    if not found or found.returncode:
        pytest.skip("Node.js with onnxruntime-web is not installed (npm install onnxruntime-web)")
    script = re.search(r'<script type="module">\n.*?\n(.*)</script>', code("The browser"), re.DOTALL).group(1)
    modules = found.stdout.strip().split("onnxruntime-web")[0]
    (folder / "page.mjs").write_text(ON_NODE.format(script), encoding="utf-8")
    (folder / "node_modules").symlink_to(modules)
    result = subprocess.run([node, "page.mjs"], capture_output=True, text=True, cwd=str(folder))
    assert result.returncode == 0, result.stderr
    uniform, levels = json.loads(result.stdout)
    inputs = {"z": 2 * np.array([uniform], np.float32) - 1, "label": np.eye(10, dtype=np.float32)[[3]]}
    expected = to_uint8(by_gluon(run, inputs))[0, :, :, 0]
    levels = np.array(levels).reshape((28, 28, 4))
    assert np.abs(levels[..., :3] - expected[..., None].astype(int)).max() <= 1 and (levels[..., 3] == 255).all()
