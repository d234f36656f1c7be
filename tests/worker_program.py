"""What two real workers do for test_workers.py, each in a process: many checks after one start."""

import contextlib

import numpy as np
from helpers import method_of, some_digits

from thesis_gan import files, methods
from thesis_gan._compat import mx
from thesis_gan.networks.weights import from_arrays, parameters, to_arrays
from thesis_gan.runs import train as train_module
from thesis_gan.training import checkpoint
from thesis_gan.training.display import NOTHING, Progress
from thesis_gan.training.loop import Diverged, Training
from thesis_gan.training.steps import Steps
from thesis_gan.training.workers import Alone, Workers, joined

COUNT, STEPS = 2, 20
SMALL = {"architecture": "mlp", "width": 4, "batch_size": 8, "z_size": 6}


def main(role, folder):
    """Check what there is to check, and then train the run that nothing disturbs. What is found goes to ``folder``."""
    with joined(COUNT, role) as workers:
        if workers is None:
            return
        found = {
            "steps": {name: deviations(method, workers) for name, method in cases()},
            "batch norm": batch_norm(workers),
            "diverged": diverged(workers, folder / f"diverged-{workers.rank}"),
            "gathered": workers.gather("test", mx.nd.array([[workers.rank], [10 + workers.rank]])).asnumpy().tolist(),
            "any": workers.any(workers.rank == 1, False, True),
        }
        files.write_json(folder / f"worker-{workers.rank}.json", found)
        train_module.joined = lambda count, role: contextlib.nullcontext(workers)
        train_module.train("gan", "smoke", 0, run_settings(), folder / "run", mx.cpu(), 1, "lines")


def run_settings():
    """Of the run that test_workers.py disturbs and goes on with."""
    size = ("width=4", "batch_size=16", "epochs=0", "generator_steps=500", "checkpoint_minutes=0.004")
    return ("data=8gaussians", "train_images=16000", "num_samples=100", *size, f"workers={COUNT}")


def cases():
    """Without batch norm, every method that workers can share; and one that skips steps."""
    for name in methods.names():
        if methods.find(name).separable:
            yield name, small(name)
    yield "skipping", small("dcgan", "skip_above=0.6")


def small(name, *more):
    """Its networks without batch norm; some methods have another norm."""
    own = methods.find(name).defaults.get("critic_norm")
    norm = own.value if own is not None and own.value != "batch" else "none"
    return method_of(name, f"critic_norm={norm}", *(f"{key}={value}" for key, value in SMALL.items()), *more)


def deviations(method, workers):
    """How far the steps that workers share are from those that one makes of the whole batch, each from the same state.

    gradients: of the network's largest; parameters: relative; numbers: of what is logged, at least 0.1; skipped: steps.
    """
    whole, shared = (Steps(method, some_digits(), 0, mx.cpu(), workers=each) for each in (Alone(), workers))
    found = {"gradients": [], "parameters": [], "compared": [], "numbers": [], "skipped": 0}
    for step in range(STEPS):
        for side in ("critic", "generator"):
            follow(shared, whole, step)
            wanted, numbers = (getattr(each, f"{side}_step")(step) for each in (whole, shared))
            assert set(wanted) == set(numbers)
            errors = [abs(numbers[key] - wanted[key]).asscalar() / max(0.1, abs(wanted[key]).asscalar()) for key in wanted]
            found["numbers"].append(max(errors))
            assert shared.critic_updates == whole.critic_updates
            if "skipped" in wanted and wanted["skipped"].asscalar():
                found["skipped"] += 1
                continue
            networks = [getattr(each, side) for each in (shared, whole)]
            got, gradient = (learnt(network, lambda parameter: parameter.grad()) for network in networks)
            found["gradients"].append(np.abs(got - gradient).max() / np.abs(gradient).max())
            # Adam and RMSProp divide each gradient by its own size: where it is all but 0 (that of a Wasserstein critic's last
            # bias is 0 but for rounding), they make steps of the rounding. There parameters are not compared.
            clear = np.abs(gradient) > 1e-4 * np.abs(gradient).max()
            found["compared"].append(clear.mean())
            found["parameters"].append(
                distance(*(learnt(network, lambda parameter: parameter.data())[clear] for network in networks))
            )
    return {name: float(np.max(values)) if name != "compared" else float(np.min(values)) for name, values in found.items()}


def follow(steps, other, step):
    """Bring ``steps`` to the state of ``other``, so that differences do not grow from step to step."""
    steps.critic_updates = other.critic_updates
    for side, updates in (("generator", step), ("critic", other.critic_updates)):
        from_arrays(getattr(steps, side), to_arrays(getattr(other, side)))
        arrays = checkpoint.trainer_arrays(getattr(other, f"{side}_trainer"))
        checkpoint.restore_trainer(getattr(steps, f"{side}_trainer"), arrays, updates)


def learnt(network, of):
    """(N,): of all parameters that are learnt, the gradients or the numbers."""
    known = parameters(network).values()
    return np.concatenate([of(each).asnumpy().ravel() for each in known if each.grad_req != "null"])


def distance(found, wanted):
    return float(np.linalg.norm(found - wanted) / np.linalg.norm(wanted))


class Half(Alone):
    """A worker's rows, and nobody to average with."""

    count, part = COUNT, Workers.part

    def __init__(self, rank):
        self.rank = rank


def batch_norm(workers):
    """One step with batch norm: against the mean of both halves' gradients, and against the whole batch's; what statistics."""
    method = method_of("dcgan", "width=2", "batch_size=8")
    whole, shared, *halves = (
        Steps(method, some_digits(), 0, mx.cpu(), workers=each) for each in (Alone(), workers, Half(0), Half(1))
    )
    for each in (whole, shared, *halves):
        each.critic_step(0)
    of_whole, of_shared, *of_halves = (
        learnt(each.critic, lambda parameter: parameter.grad()) for each in (whole, shared, *halves)
    )
    running = [{key: array for key, array in to_arrays(each.critic).items() if "running" in key} for each in (shared, *halves)]

    def same(one, other):
        return all(np.array_equal(one[key], other[key]) for key in one)

    return {
        "from the halves": distance(of_shared, np.mean(of_halves, axis=0)),
        "from the whole": distance(of_shared, of_whole),
        "statistics": [same(running[0], half) for half in running[1:]],
    }


def diverged(workers, folder):
    """Why a training ends in which the second worker has a running statistic that is not finite."""
    folder.mkdir()
    method = method_of("dcgan", "width=2", "batch_size=8", "generator_steps=3", "epochs=0")
    training = Training(method, some_digits(), 0, folder, mx.cpu(), workers)
    if workers.rank == 1:
        statistic = next(each for name, each in parameters(training.steps.generator).items() if name.endswith("running_var"))
        statistic.set_data(mx.nd.full(statistic.shape, np.nan))
    try:
        training.run(Progress("", NOTHING))
    except Diverged as why:
        return str(why)
