"""The claims of the thesis and of the other sources, each judged by numbers from the runs: claims.md, claims.json.

claims.md reads like a referee's page. Nothing in it is written by hand but what the sources say: verdicts, numbers and figures
are what the judges and the runs give.
"""

from pathlib import Path
from typing import Any, Dict, List

from thesis_gan import files
from thesis_gan.reproduction import quality_by_epoch
from thesis_gan.reproduction.claims import digits, estimates, gradients, ranking
from thesis_gan.reproduction.claims.base import MINIMUM_STEPS, ORDER, Evidence, Runs
from thesis_gan.reproduction.claims.significance import LEVEL
from thesis_gan.reproduction.plan import COMPARISONS
from thesis_gan.reproduction.studies import clipping, perfect_discriminator
from thesis_gan.runs.find import all_runs, find_runs, finished_runs

HOW_TO_READ = (
    f"*Supported* and *not supported* both need significance ({100 * LEVEL:.0f} %); what the evidence at hand cannot tell is "
    "*undecided*. A p is one-sided: how probable numbers at least as telling would be if what is tested did not hold; above 0.5 "
    "they speak against it. ± is the standard deviation over seeds."
)


def write(results: Path) -> List[Dict[str, Any]]:
    """Judge every claim by what is in ``results`` and write both files; returns the records of claims.json."""
    finished = finished_runs(results)
    diverged = [run for run in find_runs(results) if run.name not in finished]
    evidence = Evidence(
        runs=_long_enough(finished),
        diverged={name: sum(run.config["method"] == name and run.in_table for run in diverged) for name in ORDER},
        quality=quality_by_epoch.measure(results, [run for run in finished.values() if run.config["method"] in ORDER]),
        toy=clipping.read(results),
        perfect=perfect_discriminator.read(results),
        beside=_beside(results),
        short=set(finished) - set(_long_enough(finished)),
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
                "figures": [f"figures/{file}" for file in claim.figures if (results / "figures" / file).exists()],
            }
        )
    left_out = [
        f"Left out for {why}: {', '.join(sorted(names))}."
        for names, why in (
            (set(finished) - set(evidence.runs), f"fewer than {MINIMUM_STEPS} generator steps"),
            ([run.name for run in diverged], "divergence"),
        )
        if names
    ]
    files.write_json(results / "claims.json", records)
    files.write_text(results / "claims.md", _page(records, left_out))
    return records


CLAIMS = tuple(sorted((*ranking.CLAIMS, *estimates.CLAIMS, *gradients.CLAIMS, *digits.CLAIMS), key=lambda claim: int(claim.id)))


def _page(records: List[Dict[str, Any]], left_out: List[str]) -> str:
    lines = ["# Claims, and what our runs say of them", "", HOW_TO_READ, "", "| # | claim | verdict |", "|---:|---|---|"]
    lines += [f"| {record['id']} | {record['claim']} | {record['verdict']} |" for record in records] + [""]
    for sentence in left_out:
        lines += [sentence, ""]
    for record in records:
        lines += [
            f"## {record['id']}: {record['verdict']}",
            "",
            f"**{record['claim']}** ({record['source']})",
            "",
            f"*Argued:* {record['argument']}",
            "",
            f"*Measured:* {record['evidence']}",
            "",
            f"*Judged by:* {record['rule']}",
            "",
            *(f"![{Path(file).stem}]({file})" for file in record["figures"]),
            *([""] if record["figures"] else []),
        ]
    return "\n".join(lines)


def _long_enough(runs: Runs) -> Runs:
    return {name: run for name, run in runs.items() if run.metrics["generator_steps"] >= MINIMUM_STEPS}


def _beside(results: Path) -> Dict[str, Runs]:
    """Runs of the comparisons where run_all.sh puts them: in folders of their profiles' names beside ``results``."""
    folders = {profile: results.resolve().parent / profile for profile in COMPARISONS}
    return {
        profile: _long_enough(finished_runs(folder))
        for profile, folder in folders.items()
        if any(folder.glob("runs/*/metrics.json")) and any(run.kind == "images" for run in all_runs(folder))
    }
