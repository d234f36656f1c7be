"""The scores of a run's snapshots, the generators that the setting snapshot_epochs kept: snapshots.json in the run's folder.

They are Table 1's IS and FID, of the same z and as many samples as the run's own scores are of, so that all can be compared.
"""

from typing import Any, Dict, List, Sequence

import numpy as np
from tqdm import tqdm

from thesis_gan import files
from thesis_gan._compat import mx
from thesis_gan.errors import Damaged
from thesis_gan.json_shape import conforms, is_number
from thesis_gan.metrics.evaluate import feature_network
from thesis_gan.runs.run import SNAPSHOT_SCORES, Run

METRICS = ("is", "fid")
PROTOCOL = ("features", "weights_sha256", "num_samples", "reference")
SCORES = ("inception_score_mean", "frechet_inception_distance")
NUMBERS = ("epoch", "passes", "generator_steps", "critic_steps", "images", "hours", *SCORES)


def score(runs: Sequence[Run]) -> None:
    """Score the snapshots of finished ``runs`` that have not been scored yet; some ten seconds each. Raises Damaged."""
    todo = [
        (run, sorted(set(run.snapshots()) - {record["epoch"] for record in scored(run)})) for run in runs if run.data.features
    ]
    with tqdm(total=sum(len(epochs) for _, epochs in todo), unit="snapshot", desc="snapshots", disable=None) as bar:
        for run, epochs in todo:
            if not epochs:
                continue
            features, history, found = feature_network(run.data.features), run.history, scored(run)
            for epoch in epochs:
                record = run.evaluate(mx.cpu(), features, METRICS, epoch)
                found.append({**_position(run, history, epoch), **{key: record[key] for key in SCORES}})
                # After each, as there may be hundreds.
                content = {**{key: record[key] for key in PROTOCOL}, "snapshots": sorted(found, key=lambda each: each["epoch"])}
                files.write_json(run.folder / SNAPSHOT_SCORES, content)
                bar.update()


def scored(run: Run) -> List[Dict[str, Any]]:
    """What is known of a run's snapshots by epoch, each with NUMBERS; none where there are none, or they are not scored.

    images: real images that the critic has seen.  hours: of training, the run's own time shared out by its steps, as a history
    has no clock.  Raises Damaged if snapshots.json is not as :func:`score` writes it.
    """
    path = run.folder / SNAPSHOT_SCORES
    if not path.exists():
        return []
    content = files.read_json(path)
    if not conforms(content, {"snapshots": [dict.fromkeys(NUMBERS, is_number)]}):
        raise Damaged(f"{path} is damaged; delete it and run the command again, which scores the snapshots anew.")
    return content["snapshots"]


def distances(run: Run) -> Dict[str, float]:
    """{epoch: FID} of the run's scored snapshots."""
    return {str(record["epoch"]): record["frechet_inception_distance"] for record in scored(run)}


def _position(run: Run, history: Dict[str, np.ndarray], epoch: int) -> Dict[str, Any]:
    (place,) = np.flatnonzero(history["epoch"] == epoch)
    critic_steps, generator_steps = (int(history[key][place]) for key in ("critic_steps", "generator_steps"))
    cost = run.metrics
    share = (critic_steps + generator_steps) / (cost["critic_steps"] + cost["generator_steps"])
    return {
        "epoch": epoch,
        "passes": float(history["passes"][place]),
        "generator_steps": generator_steps,
        "critic_steps": critic_steps,
        "images": critic_steps * run.settings.batch_size,
        "hours": float(f"{share * cost['minutes'] / 60:.6g}"),
    }
