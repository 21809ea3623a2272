"""`jishi env`: what a second terminal needs."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from core.cli.env import env
from core.launcher.environment import KEPT, keep


def test_env_prints_what_the_last_start_left(tmp_path: Path):
    keep(tmp_path, {"PORT": "8000", "JISHI_MEDIA_DIR": "/a b/media"})
    result = CliRunner().invoke(env, ["--data-dir", str(tmp_path)])
    assert result.output == "export JISHI_MEDIA_DIR='/a b/media'\nexport PORT=8000\n"
    assert (tmp_path / KEPT).stat().st_mode & 0o777 == 0o600


def test_env_of_a_folder_that_never_ran_says_so(tmp_path: Path):
    result = CliRunner().invoke(env, ["--data-dir", str(tmp_path)])
    assert (result.exit_code, "jishi up" in result.output) == (1, True)
