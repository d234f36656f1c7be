"""Where the arrays live."""

from thesis_gan import gpu
from thesis_gan._compat import mx
from thesis_gan.errors import UserError, say

DEVICES = ("auto", "cpu", "gpu")


def context(device: str) -> mx.Context:
    """ "cpu", "gpu", or "auto": the first GPU that MXNet sees and has machine code for, else the CPU.

    Where "auto" passes over a card that is there, it says why on standard error. Raises UserError if a GPU is asked for and
    none can be used.
    """
    if device not in DEVICES:
        raise UserError(f"device is one of {', '.join(DEVICES)}, not {device!r}.")
    if device == "cpu":
        return mx.cpu()
    found = gpu.cards()
    why = gpu.unusable(found)
    seen = mx.context.num_gpus() if not why else 0
    usable = [card.index for card in found if card.usable and card.index < seen]
    if usable or (seen and not found):  # MXNet sees some that the driver does not tell of: it knows better
        return mx.gpu(usable[0] if usable else 0)
    if device == "gpu":
        raise UserError(
            f"{why}; use --device cpu."
            if why
            else "MXNet sees no GPU here; use --device cpu, or run ./run_all.sh setup --gpu on a machine that has one."
        )
    if why and mx.runtime.Features().is_enabled("CUDA"):
        say(f"{why}. Going on with the CPU.")
    return mx.cpu()
