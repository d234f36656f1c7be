"""Which of oneDNN's kernels a step runs, by oneDNN's own log: none of the reference ones, many times as slow."""

import ctypes
import re
import subprocess
import sys

import pytest
from helpers import Noise, method_of

from thesis_gan import methods, processor, start
from thesis_gan._compat import mx
from thesis_gan.errors import UserError
from thesis_gan.networks.bfloat16 import check_bfloat16
from thesis_gan.training.steps import Steps

SLOW = r",(\w*ref|ncsp_bnorm):any,"  # the second is of batch norm on maps that are not in blocks
SMALL = 1000  # numbers; on fewer a reference kernel costs nothing
DIGITS, FACES = (1, 28, 28), (3, 64, 64)


def log_steps():
    """A step of both networks for each method, precision and size; what each is stands in oneDNN's log before it."""
    for name in methods.names():
        for precision in ("float32", "bfloat16"):
            for shape in (DIGITS, FACES) if name in ("cgan", "wgan-gp") else (DIGITS,):
                try:
                    method = method_of(name, "width=16", "batch_size=16", f"precision={precision}", data=Noise(shape))
                    check_bfloat16(mx.cpu()) if precision == "bfloat16" else None
                except UserError:  # an mlp, or a processor that cannot
                    continue
                ctypes.CDLL(None).printf(f"of {name} {precision} {shape[1]}\n".encode())
                steps = Steps(method, method.data.load("train"), 0, mx.cpu())
                steps.critic_step(0)
                steps.generator_step(0)
                mx.nd.waitall()


def reference_kernels(log):
    """(step, line) of each product or map of more than SMALL numbers that a reference kernel made; and which steps there were."""
    found, seen, step = [], [], ""
    for line in log.splitlines():
        if line.startswith("of "):
            step = line[3:]
            seen.append(step)
        elif line.startswith("dnnl_verbose,exec") and re.search(SLOW, line) and numbers(line.split(",")[-2]) > SMALL:
            found.append((step, line))
    return found, seen


def numbers(problem):
    """How many numbers go in, by oneDNN's word for a problem: "16x64x7x7", or "mb16_ic64oc32_ih7oh14kh4…"."""
    if re.fullmatch(r"\d+(x\d+)*", problem):
        sizes = problem.split("x")
    else:
        sizes = [size for name, size in re.findall(r"([a-z]+)(\d+)", problem) if name in ("mb", "ic", "ih", "iw")]
    product = 1
    for size in sizes:
        product *= int(size)
    return product


@pytest.mark.skipif(processor.instructions() in ("AVX", "SSE41"), reason="oneDNN has no blocks for maps below AVX2")
def test_no_step_runs_a_reference_kernel():
    environment = {**start.environment(), "DNNL_VERBOSE": "1"}
    result = subprocess.run([sys.executable, __file__], env=environment, stdout=subprocess.PIPE, check=True, text=True)
    found, seen = reference_kernels(result.stdout)
    assert len(seen) >= len(methods.names()) and {"dcgan float32 28", "wgan-gp float32 64"} <= set(seen)
    assert result.stdout.count("dnnl_verbose,exec") > 50 * len(seen)  # it did write a log
    assert found == []


def test_a_reference_kernel_is_found_in_a_log():
    line = "dnnl_verbose,exec,cpu,batch_normalization,bnorm_{},backward,data_bf16::blocked:acdb:f0,,flags:S,{},136.1"
    fast, slow, small = (
        line.format(*each)
        for each in (
            ("jit:avx512_core", "mb64ic128ih14iw14"),
            ("ref:any", "mb64ic128ih14iw14"),
            ("ref:any", "mb2ic4ih5iw5"),
        )
    )
    assert reference_kernels("\n".join(["of a", fast, "of b", slow, small])) == ([("b", slow)], ["a", "b"])


if __name__ == "__main__":
    log_steps()
