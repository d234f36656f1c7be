"""What is shown while runs are made: words that are true, numbers that are whole, and a time left that comes true."""

import io
import json
import math
from pathlib import Path

import pytest
from rich.live import Live

from thesis_gan import methods
from thesis_gan.profiles import resolve
from thesis_gan.reproduction import board as boards
from thesis_gan.reproduction.board import DONE, FAILED, STOPPED, Board
from thesis_gan.reproduction.estimate import Estimate, Job
from thesis_gan.reproduction.plan import default_methods, plan
from thesis_gan.reproduction.store import STORED
from thesis_gan.training import display
from thesis_gan.training.budget import Budget
from thesis_gan.training.display import Rhythm, Speed, duration, fitted, for_stream
from thesis_gan.training.loop import WINDOW

ROW = {"event": "window", "images_per_second": 1234.5, "critic_step": 0.05, "generator_step": 0.1, "accuracy": 0.75}


def window(generator_steps, critic_steps, **numbers):
    numbers = numbers or {"critic_loss": -12.3456, "generator_loss": 3.25, "wasserstein": 12.3456}
    return json.dumps({**ROW, "generator_steps": generator_steps, "critic_steps": critic_steps, **numbers}).encode()


class Clock:
    """Stands in for the module ``time``."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(boards, "time", clock)
    monkeypatch.setattr(display, "time", clock)
    return clock


def board_of(*names, made=None, workers=2, finished=0):
    return Board({name: Job("wgan", Budget(2820, 16915), 10000) for name in names}, made or {}, finished, workers)


def test_lines_fit_any_width_with_every_number_whole(clock):
    board = board_of("wgan-seed0", "wgan-plain5-seed0", "a-method-with-a-very-long-name-seed12", "cgan-seed0", workers=3)
    for name in ("wgan-seed0", "wgan-plain5-seed0", "a-method-with-a-very-long-name-seed12"):
        board.started(name)
        board.told(name, json.dumps({"event": "start", "generator_steps": 0, "critic_steps": 0}).encode())
    board.told("wgan-seed0", window(1420, 9915))
    whole = set(" ".join(board.lines(300, 50)).split())
    for width in range(20, 200):
        lines = board.lines(width, 50)
        assert all(len(line) <= width for line in lines) and len(lines) == 4
        numbers = {word for line in lines for word in line.split() if any(letter.isdigit() for letter in word)}
        assert numbers <= whole | {str(number) for number in range(101)}, width
    first = board.lines(80, 50)[0]
    assert first.startswith("wgan-seed0") and "1,420/2,820" in first and "D -12.346" in first and first.endswith(" left")
    assert "━" in first and "#" in board.lines(80, 50, "ascii")[0]


def test_more_runs_than_the_terminal_has_lines_are_counted():
    names = [f"wgan-seed{seed}" for seed in range(30)]
    board = board_of(*names, workers=30)
    for name in names:
        board.started(name)
    lines = board.lines(80, 24)
    assert len(lines) == 23 and lines[-2] == "and 9 more" and "30 starting" in lines[-1]


def test_every_state_is_named_and_an_interrupted_run_is_not_done(clock, capsys):
    board = board_of("a", "b", "c", "d", "e", finished=2)
    for name in "abc":
        board.started(name)
    board.told("a", json.dumps({"event": "start", "generator_steps": 100, "critic_steps": 600}).encode())
    board.told("b", json.dumps({"event": "start", "generator_steps": 0, "critic_steps": 0}).encode())
    assert "2 training, 1 starting, 2 waiting, 2 done" in board.lines(120, 24)[-1]
    board.told("b", b'{"event": "scoring"}')
    assert "b  " in board.lines(120, 24)[1] and "is being scored" in board.lines(120, 24)[1]
    clock.now += 65
    board.told("a", window(150, 900))
    board.ended("a", STOPPED)
    board.ended("b", DONE)
    board.ended("c", FAILED)
    assert "2 waiting, 3 done, 1 interrupted, 1 failed" in board.lines(120, 24)[-1]
    said = capsys.readouterr().out.splitlines()
    assert "a: goes on at step 100 of 2,820" in said
    assert "a: interrupted at step 150 of 2,820 after 1:05" in said and "b: done after 1:05" in said
    assert any(
        line.startswith("a: step 150 of 2,820, D -12.346, G 3.250, W 12.346, accuracy 0.750, 1,234 images/s") for line in said
    )


def test_a_run_goes_on_where_it_was(clock):
    """Before its process is ready, by its checkpoint; the share that was made earlier is no speed."""
    fresh, resumed = board_of("a"), board_of("a", made={"a": Budget(1410, 9865)})
    for board in (fresh, resumed):
        board.started("a")
    assert resumed._estimate.share("a", clock.now) > 0.4 > 0.1 > fresh._estimate.share("a", clock.now)
    resumed.told("a", json.dumps({"event": "start", "generator_steps": 1410, "critic_steps": 9865}).encode())
    resumed.told("a", window(1420, 9915))
    left = resumed._estimate.left("a", clock.now)
    assert left == pytest.approx(7000 * 0.05 + 1400 * 0.1 + 7.5, rel=0.1)


def test_checkpoints_name_says_what_is_made(tmp_path):
    run = next(run for run in plan("quick", ["wgan"], 1, tmp_path) if run.folder.name == "wgan-seed0")
    assert run.made("quick") == (0, 0)
    run.folder.mkdir(parents=True)
    for step in (90, 100):
        (run.folder / f"checkpoint-{step:07d}.bin").touch()
    assert run.made("quick") == (100, 63 * 30 + 37 * 15)  # as in test_budget


def test_lines_come_often_at_first_and_seldom_after_hours(clock):
    rhythm = Rhythm()

    def lines(seconds):
        until, count = clock.now + seconds, 0
        while clock.now < until:
            count += rhythm.due("a")
            clock.now += 1
        return count

    assert lines(60) == 20
    assert 20 < lines(540) < 100
    assert lines(10 * 3600) < 250


def test_one_training_says_its_steps_without_a_terminal_and_is_a_line_on_one(clock, capsys, monkeypatch):
    lines = for_stream("auto", "wgan-seed0", Budget(60, 370), Budget(20, 300))
    row = json.loads(window(25, 325))
    lines.window(row, Speed(1000.4, 0.1, 0.2))
    lines.window({**row, "generator_steps": 26}, Speed(1000.4, 0.1, 0.2))
    lines.window({**row, "generator_steps": 60}, Speed(1000.4, 0.1, 0.2))
    lines.scoring()
    numbers = "D -12.346, G 3.250, W 12.346, accuracy 0.750, 1,000 images/s"
    assert capsys.readouterr().out.splitlines() == [
        "wgan-seed0: goes on at step 20 of 60",
        f"wgan-seed0: step 25 of 60, {numbers}",
        f"wgan-seed0: step 60 of 60, {numbers}",
        "wgan-seed0: trained; being scored ...",
    ]
    monkeypatch.setattr(Live, "start", lambda self: None)
    bar = for_stream("bar", "wgan-seed0", Budget(60, 370), Budget(20, 300))
    bar.window(row, Speed(1000.4, 0.1, 0.2))
    bar._live.console.width = 100
    assert bar.__rich__().plain.split("  ")[-2:] == ["D -12.346, G 3.250, W 12.346, accuracy 0.750", "0:12 left"]
    bar._live.console.width = 60
    assert bar.__rich__().plain.startswith("wgan-seed0  ━") and "step 25 of 60" in bar.__rich__().plain


def test_a_terminal_shows_a_line_for_each_and_what_happened_stays_above(clock, monkeypatch):
    """As bytes on a terminal 80 columns wide."""
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(boards.sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    board = board_of("a", "b")
    board.started("a")
    board.told("a", json.dumps({"event": "start", "generator_steps": 0, "critic_steps": 0}).encode())
    board.told("a", window(1420, 9915))
    board._live.refresh()
    assert "1,420/2,820" in terminal.getvalue() and "1 training, 1 waiting" in terminal.getvalue()
    board.ended("a", DONE)
    board.close()
    assert "a: done after 0:00\n" in terminal.getvalue()


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (754, "12:34"), (3600, "1 h 00 min"), (57900, "16 h 05 min")]
)
def test_durations(seconds, text):
    assert duration(seconds) == text


def test_what_does_not_fit_is_left_out_whole():
    assert fitted(12, ("name", "12345", "left"), (1, 2)) == "name  left"
    assert fitted(5, ("name", "12345", "left"), (1, 2)) == "name"


def played(seconds, outputs, workers=2):
    """`quick`, played with what is truly taken by each name: start, critic step, generator step, scoring; and by all outputs.

    Yields, every five seconds, the seconds passed, those that the estimate says are left, and those that are.
    """
    runs = plan("quick", default_methods("quick"), 1, Path("results"))
    jobs = {run.folder.name: run.job for run in runs}
    free, events = [0.0] * workers, []
    for run in runs:
        name, settings = run.folder.name, resolve(methods.find(run.method), "quick", run.overrides)
        start, critic, generator, scoring = seconds(name)
        free.sort()
        now = free[0]
        events.append((now, "started", name, now))
        now += start
        events.append((now, "trains", name, Budget(0, 0), now))
        generator_steps = critic_steps = 0
        while generator_steps < run.job.total.generator_steps:
            before = generator_steps, critic_steps
            while critic_steps - before[1] < WINDOW and generator_steps < run.job.total.generator_steps:
                critic_steps += settings.critic_schedule(critic_steps // (settings.train_images // settings.batch_size))
                generator_steps += 1
            noise = 1 + 0.3 * math.sin(critic_steps)  # each window its own speed
            now += noise * ((critic_steps - before[1]) * critic + (generator_steps - before[0]) * generator)
            events.append((now, "stepped", name, Budget(generator_steps, critic_steps), (noise * critic, noise * generator)))
        assert critic_steps == run.job.total.critic_steps
        events += [(now, "scored_from", name, now), (now + scoring, "ended", name, now + scoring)]
        free[0] = now + scoring
    estimate, end = Estimate(jobs, {}, len(jobs)), max(free) + outputs
    state, now = dict.fromkeys(jobs, "waits"), 0.0
    events.sort(key=lambda event: event[0])
    while now < max(free):
        while events and events[0][0] <= now:
            _, event, name, *told = events.pop(0)
            getattr(estimate, event)(name, *told)
            state[name] = event
        waiting = [name for name in jobs if state[name] == "waits"]
        active = [name for name in jobs if state[name] not in ("waits", "ended")]
        yield now, estimate.whole(active, waiting, workers, now), end - now
        now += 5


def test_before_the_first_step_faces_are_expected_to_take_about_as_long_as_they_took(tmp_path):
    found = {run.folder.name: run.job for run in plan("faces-quick", default_methods("faces-quick"), 1, tmp_path)}
    for name, job in found.items():
        took = 60 * json.loads((STORED / "faces-quick" / "runs" / name / "metrics.json").read_text(encoding="utf-8"))["minutes"]
        critic, generator = job.expected
        expected = critic * job.total.critic_steps + generator * job.total.generator_steps
        assert job.side == 64 and 1 / 1.5 < expected / took < 1.5, (name, expected, took)


# Seconds of a critic step and a generator step: the processor time of benchmarks/RESULTS.md's machine; and as the stored runs
# of `quick` took them, beside others' work.
ALONE = {"dcgan": (0.0118, 0.0167), "cgan": (0.0331, 0.0463), "wgan": (0.0119, 0.0158), "wgan-gp": (0.0196, 0.0156)}
AS_STORED = {"dcgan": (0.0107, 0.015), "cgan": (0.0313, 0.0438), "wgan": (0.0109, 0.0145), "wgan-gp": (0.0187, 0.0158)}


@pytest.mark.parametrize(
    ("steps", "factor", "start", "scoring", "outputs"),
    [
        (ALONE, 1.0, 3.0, 8.0, 12.0),
        (AS_STORED, 1.0, 3.0, 8.0, 12.0),
        (ALONE, 5.0, 12.0, 40.0, 60.0),  # beside eight times as much other work
        (ALONE, 0.4, 1.2, 3.0, 5.0),  # another processor
        # One on which convolutions cost relatively more, and the penalty less.
        ({**ALONE, "cgan": (0.045, 0.06), "wgan-gp": (0.016, 0.016)}, 1.5, 4.0, 12.0, 20.0),
    ],
)
def test_time_left_is_right_within_a_factor_of_1_5_from_the_first_half_minute_on(steps, factor, start, scoring, outputs):
    def seconds(name):
        method = next(method for method in sorted(steps, key=len, reverse=True) if name.startswith(method))
        critic, generator = steps[method]
        return start, factor * critic, factor * generator, scoring

    found = [(passed, told, left) for passed, told, left in played(seconds, outputs) if passed >= 30]
    assert len(found) > 10
    wrong = [(passed, told, left) for passed, told, left in found if not 1 / 1.5 < told / left < 1.5]
    assert wrong == []
