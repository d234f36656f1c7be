"""README and docs/*.md are true: links lead somewhere, commands parse, numbers are the stored ones, examples work."""

import io
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import stats

from thesis_gan import cli, methods
from thesis_gan.errors import UserError
from thesis_gan.files import read_json
from thesis_gan.profiles import PROFILES, resolve
from thesis_gan.reproduction import training_length
from thesis_gan.reproduction.store import STORED
from thesis_gan.reproduction.table1 import FID, IS
from thesis_gan.reproduction.thesis_results import ThesisResults
from thesis_gan.runs import snapshots
from thesis_gan.runs.run import Run

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import readme_picture  # noqa: E402
import readme_table  # noqa: E402

PAGES = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
PAGES["README.md"] = TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
REPRODUCTION = PAGES["docs/reproduction.md"]
LABELS = "label_accuracy"


def test_readme_is_one_page():
    assert TEXT.count("\n") <= 120


def test_every_page_says_at_its_top_what_it_is_for():
    for name in set(PAGES) - {"README.md"}:
        title, purpose = PAGES[name].split("\n\n")[:2]
        assert title.startswith("# ") and purpose.startswith("This page is for everyone "), name


def tables(file, profile="standard"):
    """The tables of a stored page, each as its text."""
    path = STORED / profile / file
    blocks = path.read_text(encoding="utf-8").split("\n\n") if path.exists() else []
    return [block.rstrip() for block in blocks if block.startswith("|")]


def test_tables_are_the_stored_ones():
    scores, fidelity = tables("table1.md")
    (claims,) = tables("claims.md")
    assert scores in REPRODUCTION and tables("table1.md", "thesis")[0] in REPRODUCTION
    assert f"\n\n{readme_table.table().markdown}\n\n" in TEXT, "scripts/readme_table.py prints it"
    assert fidelity in REPRODUCTION and claims in REPRODUCTION
    assert all(table in REPRODUCTION for table in tables(training_length.FILE, "thesis"))


def cells(table):
    """The cells of a table in Markdown, line by line."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]


def by_name(table):
    """The rows of a table by their first cells: each a value by its column's name."""
    head, _, *rows = cells(table)
    return {row[0]: dict(zip(head[1:], row[1:])) for row in rows}


def test_scores_of_the_faces_are_the_stored_ones():
    passage = REPRODUCTION[REPRODUCTION.index("| drawn faces, one seed |") : REPRODUCTION.index("## At the thesis's own length")]
    table, text = passage.split("\n\n", 1)
    whole, short = (by_name(tables("comparison.md", profile)[0]) for profile in ("faces", "faces-quick"))
    shown = by_name(table)
    assert shown == {name: {column: whole[name][column] for column in shown[name]} for name in whole}
    cgan, wgan_gp = (
        [short[name][column] for column in ("sliced Wasserstein", "FID")] for name in ("CGAN", "WGAN-GP, layer norm")
    )
    assert f"CGAN from {' and '.join(cgan)}, WGAN-GP from {' and '.join(wgan_gp)}" in text.replace("\n", " ")
    assert re.findall(r"\((\d+\.\d)\)", text) == [short["DCGAN"]["FID"], short["DCGAN"]["sliced Wasserstein"]]
    assert f"{whole['CGAN']['labels obeyed'][:-1]} % of its faces" in text
    right = [Run(STORED / "faces" / "runs" / f"{name}-seed0").history["accuracy"][-1] for name in ("dcgan", "cgan")]
    assert f"{right[0]:.2%} (DCGAN) and {right[1]:.1%} (CGAN)".replace("%", " %") in text


def test_scores_and_estimates_of_s2_are_the_stored_ones():
    passage = REPRODUCTION[REPRODUCTION.index("| drawn faces, S2's settings |") : REPRODUCTION.index("## Mode collapse")]
    table, text = passage.split("\n\n", 1)
    stored, shown = by_name(tables("comparison.md", "s2")[0]), by_name(table)
    assert shown == {name: {column: stored[name][column] for column in shown[name]} for name in stored}
    assert f"[faces](#scores) ({by_name(tables('comparison.md', 'faces')[0])['WGAN-GP, layer norm']['FID']})" in text
    curve = Run(STORED / "s2" / "runs" / "wgan-gp-ln-seed0").curve
    steps = curve["generator_steps"]
    after = [curve["wasserstein"][(steps > first) & (steps <= first + 1000)].mean() for first in (1000, 10000, 49000)]
    assert "{:.1f}, {:.1f} and {:.1f}".format(*after) in text


def of_260_epochs():
    """What is said of the thesis's own length, in one line; its runs by name, and FID of their snapshots by epoch."""
    text = REPRODUCTION[REPRODUCTION.index("## At the thesis's own length") : REPRODUCTION.index("## The claims")]
    found = {run.name[: -len("-seed0")]: run for run in map(Run, (STORED / "thesis" / "runs").glob("*-seed0"))}
    fid = {name: {record["epoch"]: record[FID] for record in snapshots.scored(run)} for name, run in found.items()}
    return re.sub(r"\s+", " ", text), found, fid


def test_what_is_said_of_the_methods_after_260_epochs_is_as_stored():
    text, found, fid = of_260_epochs()
    ahead, behind = fid["wgan-gp"][260], fid["dcgan"][50]
    assert fid["dcgan"][260] < ahead < behind < fid["wgan"][260]
    steps = [found[name].history["generator_steps"].astype(int)[place] for name, place in (("wgan-gp", -1), ("dcgan", 49))]
    assert f"{ahead:.1f} after {steps[0]:,} steps, where DCGAN has {behind:.1f} after {steps[1]:,}" in text
    for name, epoch, said in (("wgan-gp", 200, "it"), ("wgan", 50, "its FID")):
        last = [distance for at, distance in fid[name].items() if at >= epoch]
        assert f"from epoch {epoch} on {said} lies between {min(last):.1f} and {max(last):.1f}" in text
    obeyed = 100 * found["cgan"].metrics[LABELS]
    assert f"a FID of {fid['cgan'][260]:.1f}, near that of real digits, and {obeyed:.1f} % of its digits" in text
    estimate, accuracy = found["wgan"].history["wasserstein"], found["dcgan-thesis"].history["accuracy"]
    assert f"{estimate[9]:.2f} in epoch 10 and {estimate[99]:.4f} in epoch 100" in text
    assert f"({by_name(tables('table1.md')[0])['WGAN']['FID, ours'].split()[0]})" in text
    assert accuracy[1:7].min() > 0.9999 and accuracy[:9].min() > 0.99 and f"the accuracy falls to {accuracy[9]:.2f}" in text
    assert f"a FID of {fid['dcgan-thesis'][20]:.1f} (with the non-saturating loss: {fid['dcgan'][20]:.1f}" in text
    for name in ("wgan-plain5", "wgan"):
        first_epoch = found[name].curve["wasserstein"][found[name].curve["epoch"] == 1]
        assert f"from {first_epoch[0]:.2f} to {first_epoch.max():.2f}" in text


def test_what_is_said_of_the_time_of_260_epochs_is_as_stored():
    text, _, fid = of_260_epochs()
    times = read_json(STORED / "thesis" / "claims.json")[7 - 1]["evidence"]
    for said, reading in ((r"takes (\S+) \(WGAN\) and (\S+) \(", "generator step"), (r"an epoch, (\S+) and (\S+) times", "pass")):
        assert "for a {} wgan {}, wgan-gp {}".format(reading, *re.search(said, text).groups()) in times
    gan, _, _, penalised = training_length.courses(ThesisResults(STORED / "thesis"))
    at_equal_time = np.interp(np.log(penalised.hours), np.log(gan.hours), gan.fid)
    early, late = penalised.hours < 0.5, penalised.hours > 1
    assert (penalised.fid < at_equal_time)[early].all() and (penalised.fid > at_equal_time)[late].all()
    assert "WGAN-GP is ahead for the first half hour, and DCGAN after the first hour" in text
    assert f"{read_json(STORED / 'thesis' / 'provenance.json')['hours']:.1f} hours of one core" in text
    quick = by_name(tables("table1.md", "quick")[0])
    distances = [f"{quick[name]['FID, ours']} ({name})" for name in ("DCGAN", "CGAN", "WGAN", "WGAN-GP")]
    assert f"its FID is {', '.join(distances[:3])} and {distances[3]}" in text
    minutes = sorted(float(row["minutes"]) for name, row in quick.items() if name != "real digits")
    assert f"after {minutes[0]} to {minutes[-1]} minutes of one core each" in text
    for row in cells(tables(training_length.FILE, "thesis")[1])[2:]:  # what is had in ten minutes, an hour and a night
        course = fid[row[0].lower()]
        hour, night = (course[int(re.match(r"epoch (\d+)", cell).group(1))] for cell in row[2:])
        assert night == course[260] and course[10] - hour > 2 / 3 * (course[10] - night)
    assert "an hour two thirds or more of what 260 epochs add" in text


def test_readme_counts_the_verdicts_as_they_are():
    verdicts = {int(claim["id"]): claim["verdict"] for claim in read_json(STORED / "standard" / "claims.json")}
    said = re.search(r"support \w+\s+\((.*?):.*?speak\s+against\s+\w+ \((.*?):.*?undecided \((.*?)\)", TEXT, re.DOTALL).groups()
    groups = [[int(number) for number in re.findall(r"\d+", text)] for text in said]
    expected = [
        [number for number in verdicts if verdicts[number] == name] for name in ("supported", "not supported", "undecided")
    ]
    assert groups == expected
    words = re.findall(r"support (\w+)|speak\s+against\s+(\w+)|leave (\w+) undecided", TEXT)
    names = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    assert [names.index("".join(word)) for word in words] == [len(group) for group in expected]


def test_the_line_that_says_why_a_claim_is_judged_so_has_the_numbers_of_its_evidence():
    lines = re.search(r"Why, in a line each:\n\n(.*?)\n\n", REPRODUCTION, re.DOTALL).group(1)
    said = re.split(r"^\d+\. ", lines, flags=re.MULTILINE)[1:]
    claims = read_json(STORED / "standard" / "claims.json")
    assert len(said) == len(claims)
    for line, claim in zip(said, claims):
        numbers = list(re.findall(r"-?\d+\.\d+|\d+%|\d+(?= seeds)", line))
        assert numbers and [number for number in numbers if number not in claim["evidence"]] == [], claim["id"]


def stored_score(profile, method):
    """The table's cell: mean scores over the stored seeds of a method; a dash where none is stored."""
    path = STORED / profile / "metrics.json"
    records = [record for record in (read_json(path) if path.exists() else []) if record["method"] == method]
    if not records:
        return "–"
    means = {key: np.mean([record[key] for record in records if key in record] or np.nan) for key in (IS, FID, LABELS)}
    if np.isnan(means[IS]):
        return "diverged"
    obeyed = "" if np.isnan(means[LABELS]) else f", {means[LABELS]:.1%} labels obeyed"
    return f"IS {means[IS]:.2f}, FID {means[FID]:.1f}{obeyed}"


LISTED = re.findall(r"^\| \[`([\w-]+)`\]", TEXT, re.MULTILINE)


def test_every_method_that_is_stored_has_a_row():
    """A file that somebody puts in methods/ is no part of README, nor of what is stored, until its runs are."""
    stored = {record["method"] for record in read_json(STORED / "s1-quick" / "metrics.json")}
    assert len(LISTED) == len(set(LISTED)) and set(LISTED) == stored <= set(methods.names())


@pytest.mark.parametrize("name", LISTED)
def test_row_of_a_method_has_what_it_is_and_where_it_comes_from(name):
    method = methods.find(name)
    (row,) = (line for line in TEXT.splitlines() if line.startswith(f"| [`{name}`]"))
    ((linked, summary, source, *scores),) = cells(row)
    assert (summary, source) == (method.summary, method.source)
    assert Path(re.search(r"\((.*)\.py\)", linked).group(1)).name == method.__module__.split(".")[-1]
    stored = [stored_score(profile, name) for profile in ("standard", "s1-quick")]
    assert scores == stored, f"README's row of {name} ends in | {' | '.join(stored)} |"
    assert f"\n| [`{name}`](../{linked.split('](')[1]} | " in PAGES["docs/methods.md"], "its loss"


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_is_listed(name):
    (row,) = (line for line in REPRODUCTION.splitlines() if line.startswith(f"| `{name}`"))
    seeds = PROFILES[name].seeds
    assert re.findall(r"(\d+) seeds", row) == ([] if seeds == 1 else [str(seeds)])


def anchors(text):
    """What GitHub makes of the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name):
    for target, _, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(#([^)]*))?\)", PAGES[name]):
        path = (ROOT / name).parent / target if target else ROOT / name
        assert path.exists(), target
        assert not anchor or anchor in anchors(path.read_text(encoding="utf-8")), f"{target}#{anchor}"


def commands(text):
    """Command lines in a page's blocks of code, and in its sentences where they are whole."""
    lines = [line.split("  #")[0] for line in re.findall(r"^    (\S.*)$", text, re.MULTILINE)]
    lines += re.findall(r"`([^`\n]*)`", text)
    words = [shlex.split(line) for line in lines if re.match(r"(\.venv/bin/)?thesis-gan |\./run_(all|tests)\.sh", line)]
    return [line for line in words if "…" not in line]


def check_command(words):
    program, *arguments = words
    if program.endswith("run_tests.sh"):
        return
    if program.endswith("run_all.sh"):
        if arguments[:1] == ["setup"]:
            known = (ROOT / "scripts" / "environment.py").read_text(encoding="utf-8")
            assert all(f'"{option}"' in known or f'"{option[2:]}"' in known for option in arguments[1:]), words
            return
        arguments = ["all", *arguments]
    if len(arguments) == 1:  # a command by its name alone
        arguments = [*arguments, "--help"]
    try:
        options = cli._parser().parse_args(arguments)
    except SystemExit as end:  # --help
        assert end.code == 0, words
        return
    for text in getattr(options, "set", None) or []:
        if "/" not in text:  # a folder of the reader's
            resolve(methods.find(options.method), options.profile or "quick", [text])
    if getattr(options, "profile", None) not in (None, "NAME"):
        assert options.profile in PROFILES


@pytest.mark.parametrize("name", PAGES)
def test_every_command_parses(name, capsys):
    for words in commands(PAGES[name]):
        check_command(words)


def test_commands_are_found_and_mistakes_in_them_too(capsys):
    assert all(len(commands(PAGES[name])) >= 3 for name in ("README.md", "docs/metrics.md", "docs/methods.md", "docs/gpu.md"))
    for line in ("thesis-gan trian dcgan", "thesis-gan train dcgan --set widht=3", "./run_all.sh --profil quick --profile x y"):
        with pytest.raises(UserError):
            check_command(shlex.split(line))
    with pytest.raises(AssertionError):
        check_command(["./run_all.sh", "setup", "--gpus"])


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def ratios_by_width():
    """The ratios to eager PyTorch in RESULTS.md, of both looks, by width."""
    text = read("benchmarks/RESULTS.md")
    found = {32: [], 64: []}
    for width, line in re.findall(r"^\| (?:28x28x1 \| )?(32|64) \| .*?\*\*(\d\.\d\d)\*\*", text, re.MULTILINE):
        found[int(width)].append(float(line))
    for line in re.findall(r"^    ours / eager +width 32: (.*?) +width 64: (.*)$", text, re.MULTILINE):
        for width, numbers in zip((32, 64), line):
            found[width] += map(float, numbers.split())
    return found


def columns(before, name):
    """The column of this name in the first table of RESULTS.md that comes after ``before``."""
    table = re.search(r"^\|.*?\n(?=\n)", read("benchmarks/RESULTS.md").split(before, 1)[1], re.MULTILINE | re.DOTALL).group()
    head, _, *rows = cells(table)
    return [row[head.index(name)] for row in rows]


def test_numbers_of_the_benchmarks_are_theirs():
    speed, results = PAGES["docs/speed.md"], read("benchmarks/RESULTS.md")
    ratios = ratios_by_width()
    assert all(len(numbers) == 16 for numbers in ratios.values())
    low, high = ([f"{pick(ratios[width]):.2f}" for width in (32, 64)] for pick in (min, max))
    assert f"{low[0]} to {high[0]} of eager PyTorch's time at width 32, and {low[1]} to {high[1]} at width 64" in speed
    whole, avx2 = (columns(f"### {title}", "ours / eager") for title in ("The same with the code of 2026-11-26", "AVX2"))
    assert f"all sizes: {min(whole)} to {max(whole)}; with AVX2 alone, {min(avx2)} to {max(avx2)}\n" in speed
    ours, eager = (columns("MiB of the steps", name) for name in ("ours", "eager"))
    shares = [float(one.split()[0]) / float(other.split()[0]) for one, other in zip(ours, eager)]
    assert f"a step holds {min(shares):.2f} to {max(shares):.2f} of what eager PyTorch's does" in speed
    eager, *_, channels_last = re.search(r"\| ours / it \|(.*)\|", results).group(1).split("|")[2:5]
    assert f"take {eager.strip()} of the time of PyTorch as one writes it" in speed
    assert f"and {channels_last.strip()} of the time of PyTorch's fastest float32" in speed
    side_by_side = re.findall(r"^\| \d \| .* s \| .* s \| (\d\.\d\d) \|$", results, re.MULTILINE)
    assert f"take {np.median(list(map(float, side_by_side))):.2f} of the time of one after the other" in speed
    widths, ratios = (columns("### One thread", name) for name in ("width", "bf16 / ours"))
    found = [[ratio for width, ratio in zip(widths, ratios) if width == each] for each in ("16", "32", "64")]
    ends = [f"{min(each)} to {max(each)}" for each in found]
    assert "{} of its time at width\n  16, where it gains nothing, {} at width 32 and {} at width 64".format(*ends) in speed
    (kills,) = re.findall(r"^(\d+) processes were ended", read("benchmarks/KILLS.md"), re.MULTILINE)
    (steps,) = re.findall(r"^dcgan, ([\d,]+) generator steps", read("benchmarks/LONG_LIFE.md"), re.MULTILINE)
    assert f"{kills} processes were killed" in PAGES["docs/resuming.md"] and f"over {steps} steps" in PAGES["docs/resuming.md"]
    (share,) = re.findall(r"It classifies (\S+ %) of the test digits", read("data/README.md"))
    assert f"reads {share} of the test digits" in REPRODUCTION


def test_ours_trains_as_its_twin_in_pytorch_does():
    row = re.compile(r"^\| (\S+) \| (FID|IS) \| (\S+) \((.+)\) \| (\S+) \((.+)\) \| (\S+) \| (\S+) \| 3 \|$", re.MULTILINE)
    rows = row.findall(read("benchmarks/twin/RESULT.md"))
    assert [found[:2] for found in rows] == [(method, score) for method in ("DCGAN", "WGAN-GP") for score in ("FID", "IS")]
    for method, score, ours, our_seeds, twins, twins_seeds, difference, p in rows:
        seeds, digit = [np.array(each.split(", "), float) for each in (our_seeds, twins_seeds)], {"FID": 0.1, "IS": 0.01}[score]
        assert [each.mean() for each in seeds] == pytest.approx([float(ours), float(twins)], abs=digit)
        assert float(difference) == pytest.approx(float(ours) - float(twins), abs=2 * digit)
        significance = stats.ttest_ind(*seeds, equal_var=False)[1]
        assert significance == pytest.approx(float(p), abs=0.02) and significance > 0.05
        assert abs(float(difference)) < max(np.ptp(each) for each in seeds)
        assert score == "IS" or f"{ours} and {twins} for {method} (p {p})" in REPRODUCTION


def runs(name):
    return list(map(Run, sorted((STORED / "standard" / "runs").glob(f"{name}-seed*"))))


def test_what_is_said_of_the_stored_runs_holds():
    distance = {name: np.mean([run.metrics[FID] for run in runs(name)]) for name in ("dcgan", "wgan", "wgan-gp")}
    assert distance["wgan-gp"] < distance["dcgan"] < distance["wgan"]
    assert "WGAN is behind\n  DCGAN" in REPRODUCTION and "WGAN comes out behind DCGAN" in TEXT
    estimates = [run.history["wasserstein"] for run in runs("wgan-plain5")]
    assert all(estimate.min() >= 0 and estimate.argmax() == 0 for estimate in estimates)  # Fig. 10
    widths = {run.settings.width for name in ("dcgan", "wgan", "wgan-gp") for run in runs(name)}
    assert {2 * width for width in widths} == {run.settings.width for run in runs("cgan")}
    steps = {run.metrics["generator_steps"] for run in runs("dcgan")}
    assert f"after {steps.pop():,} generator steps each" in TEXT
    schedule, batches = runs("wgan")[0].settings.critic_schedule, 60000 // 64
    assert [schedule(epoch) for epoch in range(5)] == [30, 30, 15, 15, 5]
    assert f"only {int(2 * batches / 30 + 2 * batches / 15)} generator steps" in REPRODUCTION
    for profile in ("quick",):
        assert re.search(r"\d+ to \d+ minutes", PROFILES[profile].summary).group() in TEXT
        assert PROFILES[profile].summary.split()[0] in REPRODUCTION


def test_picture_at_the_top_shows_the_stored_digits():
    picture = np.asarray(Image.open(str(readme_picture.PICTURE)).convert("L")).astype(int)
    assert readme_picture.PICTURE.stat().st_size < 150_000
    panels = readme_picture.panels()
    assert list(panels) == ["DCGAN", "CGAN", "WGAN", "WGAN-GP"]
    for number, panel in enumerate(panels.values()):
        height, width = panel.shape
        left, top = readme_picture.place(number), readme_picture.HEADING
        shown = picture[top : top + height, left : left + width]
        assert np.abs(shown - panel).max() <= 8 and panel.std() > 50
    drawn = np.asarray(Image.open(io.BytesIO(readme_picture.draw())).convert("L"))
    assert drawn.shape == picture.shape


def run_example(page, heading, command):
    """The exit status and complaint of a command in a process that has read the page's example first."""
    example = re.search(rf"## {heading}\n.*?```python\n(.*?)```", PAGES[page], re.DOTALL).group(1)
    program = f"{example}\nimport sys\nfrom thesis_gan.cli import main\nsys.exit(main({command!r}))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=str(ROOT))
    assert result.returncode == 0, result.stderr


TINY = ["--profile", "smoke", "--set", "generator_steps=2", "--output"]


def test_example_of_a_new_data_set_trains(tmp_path):
    command = ["train", "dcgan", "--set", "data=upside-down", *TINY, str(tmp_path / "run")]
    run_example("docs/methods.md", "Adding a data set", command)
