"""The claims of the thesis and of the other sources, each judged by numbers from the runs: claims.md, claims.json.

claims.md reads like a referee's page. Nothing in it is written by hand but what the sources say: verdicts, numbers and figures
are what the judges and the runs give.
"""

import inspect
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple

from thesis_gan import files
from thesis_gan.experiments import judges, perfect, quality, toy
from thesis_gan.experiments.judges import Evidence, Runs, Verdict
from thesis_gan.experiments.plan import COMPARISONS
from thesis_gan.experiments.runs import all_runs, find_runs, finished_runs
from thesis_gan.experiments.significance import LEVEL

MINIMUM_STEPS = 1000  # generator steps; before that no method draws digits, and its run says nothing of it


HOW_TO_READ = (
    f"*Supported* and *not supported* both need significance ({100 * LEVEL:.0f} %); what the evidence at hand cannot tell is "
    "*undecided*. A p is one-sided: how probable numbers at least as telling would be if what is tested did not hold; above 0.5 "
    "they speak against it. ± is the standard deviation over seeds."
)


class Claim(NamedTuple):
    """id: as in claims.json.  claim: in our words.  source: where it is made.  argument: the source's reasons, in our words.

    figures: files in figures/ that show it, those that there are.  judge: gives the verdict; its docstring is the rule.
    """

    id: str
    claim: str
    source: str
    argument: str
    figures: tuple
    judge: Callable[[Evidence], Verdict]

    @property
    def rule(self) -> str:
        """By what the judge decides, in one line."""
        return " ".join(inspect.getdoc(self.judge).split())


def write(results: Path) -> List[Dict[str, Any]]:
    """Judge every claim by what is in ``results`` and write both files; returns the records of claims.json."""
    finished = finished_runs(results)
    diverged = [run for run in find_runs(results) if run.name not in finished]
    evidence = Evidence(
        runs=_long_enough(finished),
        diverged={name: sum(run.config["method"] == name and run.in_table for run in diverged) for name in judges.ORDER},
        quality=quality.measure(results, [run for run in finished.values() if run.config["method"] in judges.ORDER]),
        toy=toy.read(results),
        perfect=perfect.read(results),
        beside=_beside(results),
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


CLAIMS = (
    Claim(
        "1",
        "Inception Score rises and FID falls in the order DCGAN, WGAN, WGAN-GP.",
        "thesis, Table 1",
        "A distance that is smooth where the Jensen-Shannon divergence is not gives the generator a better gradient, and a "
        "penalty keeps the critic Lipschitz without clipping's loss of capacity; so each step of the order draws better digits.",
        ("fig03_dcgan_digits.png", "fig08_dcgan_wgan_digits.png", "fig13_wgan_wgan_gp_digits.png"),
        judges.order_of_scores,
    ),
    Claim(
        "2",
        "WGAN and WGAN-GP train more stably.",
        "thesis §4",
        "With the critic trained towards its optimum there is no balance between the networks to be lost, so that training "
        "depends less on chance.",
        (),
        judges.steadier_training,
    ),
    Claim(
        "3",
        "The Wasserstein estimate falls as training goes on and follows sample quality; the GAN's own estimate does not.",
        "thesis §3.3",
        "The critic's loss estimates a distance between the two distributions, so it should fall as samples get better. A "
        "discriminator's saturates and says nothing of quality.",
        ("fig09_wgan_estimate.png", "fig12_wgan_gp_estimate.png"),
        judges.estimate_follows_quality,
    ),
    Claim(
        "4",
        "With too few critic steps the estimate first rises and can be negative; 30, 15, 5 steps cure that.",
        "thesis §3.3, Fig. 10",
        "An untrained critic's estimate is far below the distance. It first rises while the critic catches up; more critic steps "
        "in the first epochs let it be near its optimum from the start.",
        ("fig10_critic_schedules.png",),
        judges.warm_up_cures,
    ),
    Claim(
        "5",
        "The GAN discriminator's accuracy reaches about 1 within 2 or 3 epochs, and the saturating gradient vanishes.",
        "thesis §3.1, Fig. 7",
        "Both distributions lie on thin sets that hardly meet, so that a perfect discriminator exists: the divergence is log 2 "
        "whatever the generator does, and log(1 - D(G(z))) is flat.",
        ("fig07_discriminator_accuracy.png", "sec31_perfect_discriminator.png", "sec31_disjoint_supports.png"),
        judges.perfect_discriminator,
    ),
    Claim(
        "6",
        "Clipping drives weights to its bounds and gradients explode or vanish with depth; the penalty does neither.",
        "thesis §3.4, Fig. 11",
        "To be as steep as it may, a clipped critic takes its weights to their bounds; each layer then multiplies the gradient "
        "by about the same factor, which is rarely 1. The penalty asks for a slope of 1 itself.",
        ("fig11_value_surfaces.png", "fig11_gradient_norms.png", "fig11_weights.png"),
        judges.clipping_harms_depth,
    ),
    Claim(
        "7",
        "WGAN and WGAN-GP take longer per epoch.",
        "thesis §4",
        "Several critic steps go with each step of the generator, and the penalty adds a second derivative to each of them.",
        (),
        judges.takes_longer,
    ),
    Claim(
        "8",
        "The CGAN's label controls the digit.",
        "thesis §2.4, Fig. 5",
        "Both networks are told the label, so a generator that draws another digit is found out.",
        ("fig05_cgan_digits.png",),
        judges.labels_obeyed,
    ),
    Claim(
        "9",
        "LSGAN can lose its gradient too; its regularised form helps.",
        "S1",
        "Where the critic gives all generated images one score, the least-squares loss is flat as well; the difference of mean "
        "scores, added to the generator's loss, is not.",
        ("sec31_perfect_discriminator.png", "s1_lsgan_epochs.png"),
        judges.lsgan_loses_its_gradient,
    ),
    Claim(
        "10",
        "LSGAN, WGAN and the relativistic loss reduce mode collapse.",
        "S4",
        "A generator that is trained on against a discriminator that stands still gathers where that one errs; losses that do "
        "not saturate, or that compare generated images with real ones, pull it apart again.",
        ("fig06_mode_collapse.png",),
        judges.less_collapse,
    ),
)


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
