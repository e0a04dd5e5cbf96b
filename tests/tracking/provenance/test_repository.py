"""The commit of the code and what is not committed, in made-up projects."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from conftest import commit, git

from logodds.system.errors import UserError
from logodds.tracking.provenance import repository
from logodds.tracking.provenance.repository import Repository, Unknown, state


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in a folder of a repository, with one commit."""
    found = tmp_path / "deep" / "project"
    for name in ("conf/a.yaml", "src/one.py", "src/two.py", "dvc.yaml", "note.txt"):
        (found / name).parent.mkdir(parents=True, exist_ok=True)
        (found / name).write_text(f"{name}\n")
    (tmp_path / ".gitignore").write_text("ignored.py\nsecret.yaml\n.ipynb_checkpoints/\n")
    git(tmp_path, "init", "--quiet")
    commit(tmp_path, "Files")
    return found


def fresh(project: Path) -> Repository:
    state.cache_clear()
    return state(project)


def test_a_clean_tree_is_its_commit(project: Path) -> None:
    (project / "note.txt").write_text("no code\n")
    (project / "src" / "new.txt").write_text("no code\n")
    for name in ("conf/secret.yaml", "src/.ipynb_checkpoints/two.py"):
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text("ignored, and no code\n")
    head = git(project, "rev-parse", "HEAD").strip()
    found = fresh(project)
    assert found == Repository(head, (), b"")
    assert found.tags() == {"git.commit": head, "git.dirty": "false"}
    found.refuse()


def test_the_changes_make_of_the_commit_what_is_there(project: Path, tmp_path: Path) -> None:
    (project / "src" / "one.py").write_text("changed\n")
    (project / "src" / "two.py").unlink()
    (project / "src" / "new file.py").write_bytes(b"\xff\x00binary")
    (project / "conf" / "ä.yaml").write_text("a: 1\n")
    (project / "src" / "new.txt").write_text("no code\n")
    git(project, "add", "conf")
    git(project, "config", "diff.noprefix", "true")
    git(project, "config", "color.ui", "always")
    index = (tmp_path / ".git" / "index").read_bytes()
    found = fresh(project)
    inner = ("conf/ä.yaml", "src/new file.py", "src/one.py", "src/two.py")
    assert found.differing == tuple(f"deep/project/{name}" for name in inner)
    assert found.tags()["git.dirty"] == "true"
    assert (tmp_path / ".git" / "index").read_bytes() == index
    assert found.changes is not None
    other = tmp_path / "other"
    git(tmp_path, "clone", "--quiet", str(tmp_path), str(other))
    (tmp_path / "diff").write_bytes(found.changes)
    git(other, "apply", "--whitespace=nowarn", str(tmp_path / "diff"))
    for folder in ("src", "conf"):
        names = {each.name for each in (other / "deep" / "project" / folder).iterdir()}
        assert names == {each.name for each in (project / folder).iterdir()} - {"new.txt"}
        for name in names:
            assert (other / "deep/project" / folder / name).read_bytes() == (project / folder / name).read_bytes()


@pytest.mark.parametrize("name", ["src/one.py", "src/new.py"], ids=["known", "new"])
def test_changes_that_are_too_large_are_left_out(project: Path, name: str) -> None:
    (project / name).write_text("x" * (repository.LARGEST + 1))
    found = fresh(project)
    assert (found.differing, found.changes) == ((f"deep/project/{name}",), None)
    assert found.tags()["git.dirty"] == "true"
    assert "uncommitted.sha256" not in found.tags()


def test_refusal_names_the_file(project: Path) -> None:
    (project / "src" / "new.py").write_text("x = 1\n")
    (project / "conf" / "a.yaml").write_text("x: 1\n")
    found = fresh(project)
    with pytest.raises(UserError) as caught:
        found.refuse()
    assert str(caught.value) == (
        f"tracking.dirty=refuse: deep/project/conf/a.yaml and 1 more differ from commit {found.commit[:8]}; "
        "commit it, or set tracking.dirty=record"
    )


def test_code_that_git_ignores_is_a_change_and_told(project: Path, tmp_path: Path) -> None:
    (project / "src" / "ignored.py").write_text("x = 1\n")
    found = fresh(project)
    assert found.differing == found.ignored == ("deep/project/src/ignored.py",)
    assert found.notes() == [
        "git ignores deep/project/src/ignored.py, so no commit holds this code; the record has it as a change that is "
        "not committed"
    ]
    with pytest.raises(
        UserError, match=r"; commit it \(git ignores deep/project/src/ignored.py: git add --force\), or "
    ):
        found.refuse()
    assert found.changes is not None
    git(tmp_path, "clone", "--quiet", str(tmp_path), str(tmp_path / "other"))
    (tmp_path / "diff").write_bytes(found.changes)
    git(tmp_path / "other", "apply", str(tmp_path / "diff"))
    assert (tmp_path / "other/deep/project/src/ignored.py").read_text() == "x = 1\n"
    git(project, "add", "--force", "src/ignored.py")
    assert (fresh(project).differing, fresh(project).ignored) == (found.differing, ())


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_changes_that_git_is_told_not_to_see_are_seen(project: Path, tmp_path: Path, flag: str) -> None:
    (project / "src" / "one.py").write_text("changed\n")
    if flag == "--assume-unchanged":
        (project / "src" / "two.py").unlink()
    seen = fresh(project)
    for name in ("src/one.py", "src/two.py", "note.txt"):
        git(project, "update-index", flag, name)
    (project / "src" / "two.py").unlink(missing_ok=True)  # as of a sparse checkout
    index = (tmp_path / ".git" / "index").read_bytes()
    found = fresh(project)
    assert (found.differing, found.changes) == (seen.differing, seen.changes)
    assert found.tags()["git.dirty"] == "true"
    assert (tmp_path / ".git" / "index").read_bytes() == index


def test_without_an_index(project: Path, tmp_path: Path) -> None:
    """As after ``git clone --no-checkout``: all files are deleted and new at once."""
    (tmp_path / ".git" / "index").unlink()
    found = fresh(project)
    assert found.unknown is None
    assert set(found.differing) == {
        f"deep/project/{name}" for name in ("conf/a.yaml", "src/one.py", "src/two.py", "dvc.yaml")
    }


def test_a_link_to_nothing_is_a_change_like_any(project: Path) -> None:
    """Such as an editor's lock."""
    (project / "src" / ".#one.py").symlink_to("me@host.1")
    found = fresh(project)
    assert found.differing == ("deep/project/src/.#one.py",)
    assert b"me@host.1" in (found.changes or b"")


def test_outside_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    found = fresh(tmp_path)
    cause = "the project is in no git repository"
    assert found.tags() == {"git.commit": "unknown", "git.dirty": "unknown", "git.unknown": cause}
    assert found.notes() == [f"the record lacks the commit of the code: {cause}; git init and a commit make one"]
    with pytest.raises(UserError, match=f"^tracking.dirty=refuse: {cause}; git init and a commit make one, or set"):
        found.refuse()


def test_without_a_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    assert fresh(tmp_path).unknown == Unknown("the repository has no commit", "commit the project")


def test_without_git(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(project))
    assert fresh(project).unknown == Unknown("git is not installed", "install it")


def test_a_folder_of_another_user(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What git says as root in a container, of a folder that is mounted; its remedy is typed as it stands."""
    head = git(project, "rev-parse", "HEAD").strip()
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    found = fresh(project)
    assert found.commit == "unknown"
    assert found.unknown is not None
    assert found.unknown.cause == "git refuses the folder, which belongs to another user"
    assert found.unknown.remedy == f"git config --global --add safe.directory {tmp_path}"
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    (tmp_path / "home").mkdir()
    subprocess.run(found.unknown.remedy, shell=True, check=True)
    assert fresh(project).commit == head


def test_a_broken_repository(project: Path, tmp_path: Path) -> None:
    (tmp_path / ".git" / "config").write_text("[core\n")
    unknown = fresh(project).unknown
    assert unknown is not None
    assert unknown.cause.startswith("git fails (fatal: bad config line 1 in file ")


def test_variables_of_another_repository_do_not_count(
    project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a hook, or in what ``git rebase --exec`` runs."""
    other = tmp_path_factory.mktemp("other")
    git(other, "init", "--quiet")
    (other / "src").mkdir()
    (other / "src" / "theirs.py").write_text("x = 1\n")
    commit(other, "Theirs")
    (other / "src" / "theirs.py").write_text("x = 2\n")
    head = git(project, "rev-parse", "HEAD").strip()
    for name, value in (
        ("GIT_DIR", other / ".git"),
        ("GIT_WORK_TREE", other),
        ("GIT_INDEX_FILE", other / ".git/index"),
    ):
        monkeypatch.setenv(name, str(value))
    assert fresh(project) == Repository(head, (), b"")
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    assert fresh(project) == Repository(head, (), b"")
