"""Files are written whole or not at all, and what cannot be read is named."""

import hashlib
import os
import stat
import threading

import pytest

from thesis_gan import files
from thesis_gan.data.array_files import load_array
from thesis_gan.data.picture_folder import survey
from thesis_gan.errors import UserError
from thesis_gan.metrics import tensor_files


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def fail(*arguments):
    raise OSError(28, "No space left on device")


def test_bytes_are_written_as_they_are(tmp_path):
    files.write_bytes(tmp_path / "x", b"\0\xff\r\n")
    assert (tmp_path / "x").read_bytes() == b"\0\xff\r\n"
    assert names_in(tmp_path) == ["x"]


def test_folders_are_made(tmp_path):
    files.write_bytes(tmp_path / "a" / "b" / "x", b"1")
    assert (tmp_path / "a" / "b" / "x").read_bytes() == b"1"


def test_old_file_is_replaced(tmp_path):
    files.write_text(tmp_path / "x", "the old and longer text")
    files.write_text(tmp_path / "x", "new")
    assert (tmp_path / "x").read_text(encoding="utf-8") == "new"


@pytest.mark.parametrize("failing", ["fsync", "replace", "chmod", "fdopen"])
def test_writing_that_fails_leaves_the_old_file_and_no_other(tmp_path, monkeypatch, failing):
    files.write_bytes(tmp_path / "x", b"old")
    monkeypatch.setattr(os, failing, fail)
    with pytest.raises(UserError, match=r"Cannot write .*x \(No space left on device\); free space there\.$"):
        files.write_bytes(tmp_path / "x", b"new")
    assert (tmp_path / "x").read_bytes() == b"old"
    assert names_in(tmp_path) == ["x"]


def test_a_link_stays_one_and_a_pipe_is_written_to(tmp_path):
    (tmp_path / "there").mkdir()
    for target in (tmp_path / "there" / "old", tmp_path / "there" / "new"):
        link = tmp_path / target.name
        link.symlink_to(target)
        files.write_bytes(link, b"new")
        assert link.is_symlink() and target.read_bytes() == b"new"
    os.mkfifo(str(tmp_path / "pipe"))
    read = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    files.write_bytes(tmp_path / "pipe", b"new")
    reader.join(10)
    assert read == [b"new"] and (tmp_path / "pipe").is_fifo()


def test_a_pipe_is_not_waited_for_where_a_file_is_read(tmp_path):
    os.mkfifo(str(tmp_path / "x.npz"))
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "link.png").symlink_to(tmp_path / "x.npz")
    with pytest.raises(UserError, match=r"x\.npz is no file that can be read again and again"):
        load_array(tmp_path / "x.npz")
    os.mkfifo(str(tmp_path / "weights"))
    for read in (files.sha256, tensor_files.load):
        with pytest.raises(UserError, match="weights is no file that can be read again and again"):
            read(tmp_path / "weights")
    assert survey(tmp_path / "pictures").others == ["link.png"]


def test_file_is_synced_before_it_takes_its_name_and_its_folder_after(tmp_path, monkeypatch):
    calls = []
    for name in ("fsync", "replace"):
        original = getattr(os, name)
        monkeypatch.setattr(
            os, name, lambda *arguments, name=name, original=original: (calls.append(name), original(*arguments))[1]
        )
    files.write_bytes(tmp_path / "x", b"1")
    assert calls == ["fsync", "replace", "fsync"]


def test_folder_that_cannot_be_made_is_an_error_that_names_the_file(tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(UserError, match=r"Cannot write .*file.x "):
        files.write_bytes(tmp_path / "file" / "x", b"1")


def test_written_file_has_the_usual_rights(tmp_path):
    previous = os.umask(0o022)
    try:
        files.write_bytes(tmp_path / "x", b"1")
    finally:
        os.umask(previous)
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o644


def test_json_round_trip(tmp_path):
    content = {"name": "Fréchet ± λ", "numbers": [1, 0.1, 1e-300], "none": None}
    files.write_json(tmp_path / "x.json", content)
    assert files.read_json(tmp_path / "x.json") == content
    assert "Fréchet ± λ" in (tmp_path / "x.json").read_text(encoding="utf-8")


def test_missing_json_is_named(tmp_path):
    with pytest.raises(UserError, match=r"x\.json is missing"):
        files.read_json(tmp_path / "x.json")


@pytest.mark.parametrize("content", [b"", b'{"a": 1', b"\xff\xfe", b"{'a': 1}"], ids=["empty", "cut", "not UTF-8", "not JSON"])
def test_damaged_json_is_named_with_the_remedy(tmp_path, content):
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(UserError, match=r"x\.json cannot be read .*delete it and run the command again"):
        files.read_json(tmp_path / "x.json")


def test_folder_in_place_of_json_is_named(tmp_path):
    with pytest.raises(UserError, match="is a folder where a file is expected"):
        files.read_json(tmp_path)


def test_sha256_of_known_contents(tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "abc").write_bytes(b"abc")
    assert files.sha256(tmp_path / "empty") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert files.sha256(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_sha256_of_a_file_longer_than_a_block(tmp_path):
    content = b"0123456789" * 300_001
    (tmp_path / "x").write_bytes(content)
    assert files.sha256(tmp_path / "x") == hashlib.sha256(content).hexdigest()


def test_sha256_of_a_missing_file_is_an_error_that_names_it(tmp_path):
    with pytest.raises(UserError, match="no-file is missing"):
        files.sha256(tmp_path / "no-file")
