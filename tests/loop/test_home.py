import multiprocessing

import pytest

from loop.home import HomeError, filesystem, one_run, prepare


def _hold(home, ready, release):
    with one_run(home):
        ready.set()
        release.wait(30)


def test_a_second_run_of_one_home_is_refused_while_the_first_lives(tmp_path):
    context = multiprocessing.get_context("spawn")
    ready, release = context.Event(), context.Event()
    holder = context.Process(target=_hold, args=(tmp_path, ready, release))
    holder.start()
    assert ready.wait(30)
    with pytest.raises(HomeError, match="another run"), one_run(tmp_path):
        pass
    release.set()
    holder.join(30)
    with one_run(tmp_path):
        pass


def test_a_home_that_cannot_be_written_is_refused_with_what_to_do(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(HomeError, match="home=DIR"):
        prepare(tmp_path / "file" / "home")


def test_a_network_drive_is_recognised_by_its_longest_mount_point(tmp_path):
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "disk / ext4 rw 0 0\nC: /mnt/c 9p rw 0 0\nserver /mnt/c/my\\040lab nfs4 rw 0 0\n"
    )
    assert filesystem(tmp_path.__class__("/mnt/c/users"), mounts) == "9p"
    assert filesystem(tmp_path.__class__("/mnt/c/my lab/x"), mounts) == "nfs4"
    assert filesystem(tmp_path.__class__("/mnt/cd"), mounts) == "ext4"


def test_a_network_drive_is_warned_about(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("loop.home.filesystem", lambda path: "nfs4")
    prepare(tmp_path / "home")
    assert "network or Windows drive" in capsys.readouterr().err
