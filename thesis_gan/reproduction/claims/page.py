"""The claims of the thesis and of the other sources, each judged by numbers from the runs: claims.md, claims.json.

claims.md reads like a referee's page. Nothing in it is written by hand but what the sources say: verdicts, numbers and figures
are what the judges and the runs give.
"""

from pathlib import Path
from typing import Any, Dict, List

from thesis_gan import files
from thesis_gan.comparison.profiles import COMPARISONS
from thesis_gan.reproduction import quality_by_epoch
from thesis_gan.reproduction.claims import digits, estimates, gradients, ranking
from thesis_gan.reproduction.claims.base import MINIMUM_STEPS, ORDER, Evidence, Runs
from thesis_gan.reproduction.claims.significance import LEVEL
from thesis_gan.reproduction.thesis_results import ThesisResults, on_mnist
from thesis_gan.runs import snapshots
from thesis_gan.runs.find import Results, finished

HOW_TO_READ = (
    f"*Supported* and *not supported* both need significance ({100 * LEVEL:.0f} %); what the evidence at hand cannot tell is "
    "*undecided*. A p is one-sided: how probable numbers at least as telling would be if what is tested did not hold; above 0.5 "
    "they speak against it. ± is the standard deviation over seeds."
)


def write(results: ThesisResults) -> List[Dict[str, Any]]:
    """Judge every claim by what is there and write both files; returns the records of claims.json."""
    runs, folder = results.finished, results.folder
    ordered = [run for run in runs.values() if run.config["method"] in ORDER]
    diverged = [run for run in results.runs if run.name not in runs]
    long_enough = _long_enough(runs)
    evidence = Evidence(
        runs=long_enough,
        diverged={name: sum(run.config["method"] == name and run.in_table for run in diverged) for name in ORDER},
        quality=quality_by_epoch.measure(folder, ordered),
        snapshots={run.name: snapshots.distances(run) for run in ordered},
        **results.experiments,
        beside=_beside(results),
        short=set(runs) - set(long_enough),
    )
    records = []
    for claim in CLAIMS:
        verdict, said = claim.judge(evidence)
        records.append(
            {
                "id": claim.id,
                "claim": claim.claim,
                "source": claim.source,
                "verdict": verdict,
                "evidence": said,
                "argument": claim.argument,
                "rule": claim.rule,
                "figures": [f"figures/{file}" for file in claim.figures if (folder / "figures" / file).exists()],
            }
        )
    lost = {f"fewer than {MINIMUM_STEPS} generator steps": evidence.short, "divergence": [run.name for run in diverged]}
    left_out = [f"Left out for {why}: {', '.join(sorted(names))}." for why, names in lost.items() if names]
    files.write_json(folder / "claims.json", records)
    files.write_text(folder / "claims.md", _page(records, left_out))
    return records


CLAIMS = tuple(sorted((*ranking.CLAIMS, *estimates.CLAIMS, *gradients.CLAIMS, *digits.CLAIMS), key=lambda claim: int(claim.id)))


def _page(records: List[Dict[str, Any]], left_out: List[str]) -> str:
    table = ["| # | claim | verdict |", "|---:|---|---|"]
    table += [f"| {record['id']} | {record['claim']} | {record['verdict']} |" for record in records]
    paragraphs = ["# Claims, and what our runs say of them", HOW_TO_READ, "\n".join(table), *left_out]
    for record in records:
        paragraphs += [
            f"## {record['id']}: {record['verdict']}",
            f"**{record['claim']}** ({record['source']})",
            f"*Argued:* {record['argument']}",
            f"*Measured:* {record['evidence']}",
            f"*Judged by:* {record['rule']}",
        ]
        if record["figures"]:
            paragraphs.append("\n".join(f"![{Path(file).stem}]({file})" for file in record["figures"]))
    return "\n\n".join(paragraphs) + "\n"


def _long_enough(runs: Runs) -> Runs:
    return {name: run for name, run in runs.items() if run.metrics["generator_steps"] >= MINIMUM_STEPS}


def _beside(results: ThesisResults) -> Dict[str, Runs]:
    """Runs of the comparisons where run_all.sh puts them: in folders of their profiles' names beside ``results``."""
    here = results.folder.resolve()
    found: Dict[str, Runs] = {}
    for profile in COMPARISONS:
        folder = here.parent / profile
        if folder == here:
            found[profile] = _long_enough(results.finished)
        elif any(folder.glob("runs/*/metrics.json")):
            found[profile] = _long_enough(finished(list(filter(on_mnist, Results(folder).runs))))
    return found
