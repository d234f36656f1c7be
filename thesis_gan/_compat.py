"""Imports MXNet 1.9.1 (2022) on today's Python and NumPy. The only module that knows it needs help.

Everywhere else: ``from thesis_gan._compat import mx``. Before MXNet is imported,

- variables of the environment that MXNet would die of are mended (see variables.py);
- ``OMP_NUM_THREADS`` is set if it is not: without it MXNet computes on a single thread;
- oneDNN is let use AMX, where processor and kernel have it (see processor.py);
- the CPU build is told to run each operator where it is called (``MXNET_ENGINE_TYPE``), not on a thread of its
  own: that one and Python's would be one more than the cores that compute, and a step take up to 1.4 times as long;
- and so to give all operators one piece of scratch memory (``MXNET_CPU_TEMP_COPY``), not four for those that run at once;
- ``distutils`` is made importable: Python 3.12 dropped it, MXNet and GluonCV still compare versions with it;
- the names that MXNet reads from NumPy and that NumPy has dropped since (some in 1.24, most in 2.0) are put
  back, each only where it is missing; all else that uses NumPy in this process sees them too, unavoidably;
- NumPy 2's scalars are printed as in NumPy 1, again in the whole process: MXNet passes shapes to its library
  as text, where "(np.int64(2), 3)" is an error (threads have options of their own: use plain ints there);
- (after the import) file names are handed to its library as the bytes that they are, UTF-8 or not;
- with the GPU build, NVIDIA's libraries are loaded from their pip packages, where the system's loader does
  not look.

After these, MXNet's array and training interfaces work unchanged under NumPy 2. Its look-alike of NumPy
imports too; those of its functions that NumPy has dropped (``mirr``, ``pmt`` …) are errors when called.
"""

import contextlib
import ctypes
import glob
import importlib
import importlib.metadata
import importlib.util
import os
import signal
import sys
import types
import warnings

import numpy as np

from thesis_gan import processor, variables

__all__ = ["import_model_zoo", "import_onnx_graph", "mx", "usable_cores"]

GPU_DISTRIBUTION = "mxnet-cu112"

# In the order in which they need each other. cuDNN opens its parts by name at run time: they are listed too.
GPU_LIBRARIES = (
    "libcudart.so.11.0",
    "libnvrtc.so.11.2",
    "libnvToolsExt.so.1",
    "libcublasLt.so.11",
    "libcublas.so.11",
    "libcufft.so.10",
    "libcurand.so.10",
    "libcusparse.so.11",
    "libcusolver.so.11",
    "libcudnn_ops_infer.so.8",
    "libcudnn_ops_train.so.8",
    "libcudnn_cnn_infer.so.8",
    "libcudnn_cnn_train.so.8",
    "libcudnn_adv_infer.so.8",
    "libcudnn_adv_train.so.8",
    "libcudnn.so.8",
    "libnccl.so.2",
)


def usable_cores():
    """Number of cores this process may use: its affinity mask, or less where a container's quota says so."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        cores = os.cpu_count() or 1
    try:
        with open("/sys/fs/cgroup/cpu.max", encoding="ascii") as file:
            quota, period = file.read().split()
        # Threads beyond the quota do not just idle: they stall those that run, at a large loss.
        cores = min(cores, int(quota) // int(period))
    except (OSError, ValueError):  # no such limit ("max"), or no control groups
        pass
    return max(1, cores)


@contextlib.contextmanager
def _quiet():
    """Hide the warnings that old packages draw while they are imported; later ones are shown as ever."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _provide_distutils():
    try:
        importlib.import_module("distutils.version")
    except ImportError:
        # setuptools brings a copy, which importing setuptools makes available under the old name.
        with contextlib.suppress(ImportError):
            importlib.import_module("setuptools")


@contextlib.contextmanager
def _without_announcement():
    """MXNet says on standard error which engine it starts; nobody asked. What it says while it ends the process is shown.

    A second process keeps what is said, and is ended if all goes well; if this one dies, it passes on what was kept.
    """
    sys.stderr.flush()
    reader, writer = os.pipe()
    try:
        keeper = os.fork()
    except OSError:  # no more processes: then it announces
        os.close(reader)
        os.close(writer)
        yield
        return
    if keeper == 0:
        os.close(writer)
        _pass_on(reader)
    kept = os.dup(2)
    os.dup2(writer, 2)
    os.close(writer)
    os.close(reader)
    try:
        yield
    finally:
        os.kill(keeper, signal.SIGKILL)  # before it can see the end of what is said
        os.dup2(kept, 2)
        os.close(kept)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(keeper, 0)


def _pass_on(reader):
    """Write what comes from ``reader`` on standard error when there is no more to come, and end this process."""
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # sent to all of a terminal's processes
            signal.signal(number, signal.SIG_IGN)
        with os.fdopen(reader, "rb") as file:
            lines = [line for line in file.read().splitlines(keepends=True) if b"MXNet start using engine" not in line]
        os.write(2, b"".join(lines))
    finally:
        os._exit(0)


def _dropped(name):
    def placeholder(*args, **kwargs):
        raise NotImplementedError(f"numpy.{name} no longer exists")

    placeholder.__name__ = name
    return placeholder


def _restore_numpy_names():
    replacements = {
        "bool": bool,
        "NAN": np.nan,
        "NaN": np.nan,
        "Inf": np.inf,
        "PINF": np.inf,
        "NINF": -np.inf,
        "PZERO": 0.0,
        "NZERO": -0.0,
        "alltrue": np.all,
        "sometrue": np.any,
        "product": np.prod,
        "cumproduct": np.cumprod,
        "round_": np.round,
        "row_stack": np.vstack,
        "in1d": np.isin,
        "msort": lambda array: np.sort(array, axis=0),
        "trapz": getattr(np, "trapezoid", None),
    }
    replacements.update({name: _dropped(name) for name in ("mirr", "npv", "pmt", "ppmt", "pv", "rate")})
    for name, replacement in replacements.items():
        if not hasattr(np, name):
            setattr(np, name, replacement)
    if int(np.__version__.split(".")[0]) >= 2:
        np.set_printoptions(legacy="1.25")


def _is_gpu_build():
    return any(importlib.metadata.distributions(name=GPU_DISTRIBUTION))


def _load_gpu_libraries():
    spec = importlib.util.find_spec("nvidia")
    folders = list(spec.submodule_search_locations) if spec else []
    for name in GPU_LIBRARIES:
        for folder in folders:
            for path in glob.glob(os.path.join(glob.escape(folder), "*", "lib", name)):
                # The system's loader may still find one that fails here; if not, importing MXNet says so.
                with contextlib.suppress(OSError):
                    ctypes.CDLL(path, mode=ctypes.RTLD_GLOBAL)


def _remedy(error):
    if isinstance(error, OSError) and _is_gpu_build():
        return "the GPU build needs NVIDIA's driver; ./run_all.sh setup --cpu goes back to the CPU build"
    if isinstance(error, OSError):
        return "install that system library (Debian and Ubuntu: apt install libgomp1 libquadmath0)"
    return "run ./run_all.sh setup in the repository, or pip install --no-deps mxnet==1.9.1"


def _take_all_names(mxnet):
    """Let MXNet open files whose names are not UTF-8, or were read under a locale without UTF-8: their bytes are passed on."""
    original = mxnet.base.c_str

    def c_str(string):
        return ctypes.c_char_p(string.encode("utf-8", "surrogateescape"))

    for name, module in list(sys.modules.items()):
        if name.startswith("mxnet.") and getattr(module, "c_str", None) is original:
            module.c_str = c_str


def _import_mxnet():
    if sys.flags.optimize >= 2:
        raise ImportError("MXNet cannot be imported without docstrings: start Python without -OO, and unset PYTHONOPTIMIZE")
    variables.settle()
    processor.use_amx()
    os.environ.setdefault("OMP_NUM_THREADS", str(usable_cores()))
    with _quiet():
        _provide_distutils()
        _restore_numpy_names()
        if _is_gpu_build():
            _load_gpu_libraries()
        else:
            if os.environ.setdefault("MXNET_ENGINE_TYPE", "NaiveEngine") == "NaiveEngine":
                os.environ.setdefault("MXNET_CPU_TEMP_COPY", "1")
        try:
            with _without_announcement():
                mxnet = importlib.import_module("mxnet")
                mxnet.nd.waitall()  # starts the engine
            _take_all_names(mxnet)
            return mxnet
        except (ImportError, OSError, RuntimeError, AttributeError) as error:
            raise ImportError(f"MXNet cannot be imported ({error}): {_remedy(error)}") from error


mx = _import_mxnet()


@contextlib.contextmanager
def _hidden(name):
    """Make the module ``name`` look as if it were not installed."""
    known = {name: sys.modules[name]} if name in sys.modules else {}
    sys.modules[name] = None
    try:
        yield
    finally:
        del sys.modules[name]
        sys.modules.update(known)


def import_model_zoo():
    """Return ``gluoncv.model_zoo`` (slow to import, so only where Inception is asked for).

    GluonCV looks for PyTorch too, which these networks do not need, and refuses to be imported beside PyTorch 2.
    Raises ImportError, in one sentence, if GluonCV is missing.
    """
    with _quiet(), _hidden("torch"):
        try:
            return importlib.import_module("gluoncv.model_zoo")
        except ImportError as error:
            raise ImportError(
                f"GluonCV cannot be imported ({error}): "
                "run ./run_all.sh setup in the repository, or pip install --no-deps gluoncv==0.10.5.post0"
            ) from error


def import_onnx_graph():
    """Return ``MXNetGraph``, the converter behind ``mxnet.onnx``, to be called with an opset_version.

    Its public face, ``export_model``, would name in the file whatever opset the installed ONNX has by now, which MXNet 1.9.1
    does not know. And it reads ``onnx.mapping``, two tables that ONNX has dropped since, which are put back where missing.
    Raises ImportError, in one sentence, if ONNX is missing.
    """
    with _quiet():
        try:
            onnx = importlib.import_module("onnx")
        except ImportError as error:
            raise ImportError(f"ONNX cannot be imported ({error}): run ./run_all.sh setup --export in the repository") from error
        if not hasattr(onnx, "mapping"):
            kinds = [np.dtype(name) for name in ("float16", "float32", "float64", "int8", "int32", "int64", "uint8", "bool")]
            onnx.mapping = types.ModuleType("onnx.mapping")
            onnx.mapping.NP_TYPE_TO_TENSOR_TYPE = {kind: onnx.helper.np_dtype_to_tensor_dtype(kind) for kind in kinds}
            onnx.mapping.TENSOR_TYPE_TO_NP_TYPE = {code: kind for kind, code in onnx.mapping.NP_TYPE_TO_TENSOR_TYPE.items()}
            sys.modules["onnx.mapping"] = onnx.mapping
        importlib.import_module("mxnet.onnx")  # registers what it can convert
        return importlib.import_module("mxnet.onnx.mx2onnx._export_onnx").MXNetGraph
