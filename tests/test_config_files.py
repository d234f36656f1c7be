"""Settings that can be found, and given in files."""

import argparse
import json
import re

import pytest

from thesis_gan import __version__, cli, data, methods
from thesis_gan.profiles import resolve
from thesis_gan.reproduction import processes
from thesis_gan.reproduction.plan import THESIS, WGAN_PLAIN, plan
from thesis_gan.settings import SETTINGS


def complaint(capsys, *arguments):
    """The one sentence with which a command is refused."""
    assert cli.main([str(argument) for argument in arguments]) == 2
    said = capsys.readouterr().err
    assert said.startswith("thesis-gan: ") and said.count("\n") == 1
    return said


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """What ``train`` and ``all`` would have been told: the arguments of the functions that do it."""
    calls = []

    def stop(*arguments):
        calls.append(arguments)
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("thesis_gan.runs.train.train", stop)
    monkeypatch.setattr("thesis_gan.reproduction.run_all.run_all", stop)
    return calls


def test_every_setting_is_listed_with_its_range_origin_and_meaning(capsys):
    assert cli.main(["settings"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    for setting in SETTINGS.values():
        assert setting.name in text and " ".join(setting.help.split()) in text
        assert setting.default is None or f"[{setting.default.origin}]" in text
    assert "critic_norm batch batch | layer | spectral | none" in text and "clip – 1e-06 to 1000000" in text
    assert "[only of wgan]" in text and " | ".join(data.names()) in text


@pytest.mark.parametrize(("name", "profile"), [("wgan", "s1"), ("cgan", "quick")])
def test_settings_of_a_method_are_those_it_would_train_with(name, profile, capsys):
    assert cli.main(["settings", name, "--profile", profile, "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    expected = resolve(methods.find(name), profile).to_json()
    assert {key: entry["value"] for key, entry in listed.items()} == {key: entry["value"] for key, entry in expected.items()}
    assert all(listed[key]["origin"].startswith(entry["origin"]) for key, entry in expected.items())
    assert listed["learning_rate"]["common_default"] == 0.0002


def test_help_is_found(capsys):
    assert cli.main([]) == 0
    said = capsys.readouterr().out
    assert "usage: thesis-gan" in said and "list the settings" in said
    for arguments, expected in (
        (["--version"], f"thesis-gan {__version__}\n"),
        (["train", "--help"], "thesis-gan settings METHOD"),
    ):
        with pytest.raises(SystemExit) as end:
            cli.main(arguments)
        assert end.value.code == 0 and expected in " ".join(capsys.readouterr().out.split()) + "\n"


def test_every_argument_of_every_command_has_a_help_text():
    (commands,) = (action for action in cli._parser()._actions if isinstance(action, argparse._SubParsersAction))
    silent = [
        f"{name} {action.dest}" for name, command in commands.choices.items() for action in command._actions if not action.help
    ]
    assert len(commands.choices) > 15 and silent == []


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["trian"], "did you mean train; see thesis-gan --help."),
        (["train", "dcgan", "--sed", "1"], "Unrecognized arguments: --sed 1; did you mean --seed; see thesis-gan train --help."),
        (["train", "dcgan", "x"], "Unrecognized arguments: x; see thesis-gan train --help."),
        (["all", "--set", "widht=3", "--output", "nowhere"], "did you mean width?"),
        (["train"], "METHOD; see thesis-gan train --help."),
        (["sample", "x"], "see thesis-gan sample --help."),
        (["evaluate", "x", "--features", "mnits"], "did you mean mnist; see thesis-gan evaluate --help."),
        (["settings", "dcgn"], "did you mean dcgan?"),
        (["settings", "--profile", "quick"], "name one, e.g. thesis-gan settings dcgan --profile quick."),
    ],
)
def test_a_mistake_leads_to_the_help_of_its_command(arguments, expected, capsys):
    assert expected in complaint(capsys, *arguments)


FORMS = {
    "x.yaml": "# ours\nwidth: 4\nlearning_rate: 1e-4\nconditional: yes\ncritic_schedule: 5\n",
    "nested.yaml": "settings:\n  width: 4\n  learning_rate: 0.0001\n  conditional: 'yes'\n  critic_schedule: 5\n",
    "x.json": '{"width": 4, "learning_rate": 0.0001, "conditional": "yes", "critic_schedule": 5}',
}


@pytest.mark.parametrize("form", FORMS)
def test_file_of_settings_is_read_and_the_command_line_wins(form, asked, tmp_path, capsys):
    (tmp_path / form).write_text(FORMS[form], encoding="utf-8")
    assert cli.main(["train", "dcgan", "--config", form, "--set", "width=3", "--output", "run"]) == 130
    method, profile, seed, overrides = asked[0][:4]
    assert (method, profile, seed) == ("dcgan", "quick", 0)
    settings = resolve(methods.find(method), profile, overrides)
    assert (settings.width, settings.learning_rate, settings.conditional) == (3, 0.0001, "yes")
    assert str(settings.critic_schedule) == "5"
    assert f"width is 3, from the command line, not 4 as in {form}." in capsys.readouterr().err


def test_file_may_name_the_run_and_the_command_line_wins_over_that_too(asked, tmp_path, capsys):
    (tmp_path / "x.yaml").write_text("method: wgan\nprofile: smoke\nseed: 3\nwidth: 4\n", encoding="utf-8")
    assert cli.main(["train", "--config", "x.yaml", "--seed", "5"]) == 130
    assert asked[0][:4] == ("wgan", "smoke", 5, ["width=4"])
    assert str(asked[0][4]) == "results/smoke/runs/wgan-seed5-width=4"
    assert "seed is 5, from the command line, not 3 as in x.yaml." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("width: [1, 2]\n", "setting width is one value, not"),
        ("width: {\n", "is neither YAML nor JSON (line 2)"),
        ("width\n", "is no file of settings; write one as NAME: VALUE"),
        ("width: many\n", "Setting width cannot be 'many'"),
        ("settings: 3\n", "put all settings under `settings`"),
        ("width: 3\nsettings:\n  clip: 2\n", "put all settings under `settings`"),
        ("seed: many\n", "seed is a whole number from 0 to 4294967295, not many."),
        ("seed: ²\n", "seed is a whole number from 0 to 4294967295, not ²."),
        (f"seed: {10**30}\n", "seed is a whole number from 0 to 4294967295, not 1000"),
        ("threads: 1000000\n", "threads is a whole number from 1 to "),
        ("method: [dcgan]\n", 'method is a name, not ["dcgan"].'),
        ('{"profile": {"a": 1}}', 'profile is a name, not {"a": 1}.'),
        ("width: 8\nclip: 2\nwidth: 16\n", "names width twice (line 3); keep one of them."),
        ("settings:\n  width: 8\n  width: 16\n", "names width twice (line 3)"),
        ('{"settings": {"width": 8, "clip": 2, "width": 16}}', "names width twice; keep one of them."),
        ("width: 8\n".encode("utf-16"), "is no text in UTF-8; save it so."),
        (None, "x.yaml is missing; name a file that is there."),
    ],
)
def test_mistakes_in_a_file_name_it_or_the_setting(content, expected, tmp_path, capsys, asked):
    if content is not None:
        (tmp_path / "x.yaml").write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    assert expected in complaint(capsys, "train", "dcgan", "--config", "x.yaml", "--output", "run")
    assert asked == [] and not (tmp_path / "run").exists()


def test_all_takes_settings_and_names_with_blanks(asked, tmp_path, capsys):
    for names in (["dcgan, wgan"], ["dcgan,", "wgan"], ["dcgan,wgan"], ["dcgan", "wgan"]):
        assert cli.main(["all", "--methods", *names, "--set", "width=4"]) == 130
        profile, chosen, _, output, *_, overrides, _ = asked[-1]
        assert (profile, chosen, overrides) == ("quick", ["dcgan", "wgan"], ["width=4"])
        assert str(output) == "results/quick-width=4"
    (tmp_path / "x.json").write_text('{"width": 2, "profile": "smoke"}', encoding="utf-8")
    assert cli.main(["all", "--config", "x.json", "--output", "out"]) == 130
    assert asked[-1][0] == "smoke" and asked[-1][7] == ["width=2"]
    capsys.readouterr()
    (tmp_path / "x.json").write_text('{"method": "dcgan", "settings": {}}', encoding="utf-8")
    assert "is of one run, for it has method; repeat that with thesis-gan train" in complaint(capsys, "all", "--config", "x.json")


def test_settings_reach_the_runs_that_have_them(tmp_path, monkeypatch):
    runs = {run.folder.name: run for run in plan("smoke", ["dcgan", "wgan"], 1, tmp_path, ["clip=0.5", "width=4"])}
    assert runs["dcgan-seed0"].overrides == ("width=4",) and runs["wgan-seed0"].overrides == ("clip=0.5", "width=4")
    for name in (f"{THESIS}-seed0", f"{WGAN_PLAIN}-seed0"):
        assert "width=4" in runs[name].overrides and len(runs[name].overrides) > 2
    on_points = plan("smoke", ["dcgan", "wgan"], 1, tmp_path, ["data=8gaussians"])
    assert sorted(run.folder.name for run in on_points) == ["dcgan-seed0", "wgan-seed0"]
    for wrong in ("clip=0.5", "widht=3"):
        with pytest.raises(Exception, match=f"There is no setting '{wrong[:5].split('=')[0]}"):
            plan("smoke", ["dcgan"], 1, tmp_path, [wrong])
    commands = []
    monkeypatch.setattr(processes.Trainings, "_start", lambda self, name, command, log: commands.append(command))
    trainings = processes.Trainings("smoke", "cpu", None, None)
    trainings.run(runs["wgan-seed0"])
    assert re.findall(r"--set (\S+)", " ".join(commands[0])) == ["clip=0.5", "width=4"]


def test_misspelt_setting_in_a_file_is_refused_and_nothing_left(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.yaml").write_text("widht: 3\n", encoding="utf-8")
    assert "did you mean width?" in complaint(capsys, "train", "dcgan", "--config", "x.yaml", "--output", "run")
    assert [path.name for path in tmp_path.iterdir()] == ["x.yaml"]
