"""What notebooks of other places find here, so that they run unchanged."""

from __future__ import annotations

import pytest
from compatibility import databricks

from tests.emr.runs import Cloud, notebook_of


@pytest.mark.parametrize(
    ("source", "becomes"),
    [
        ("%md\n# Title\nwords", "%%markdown\n# Title\nwords"),
        ("%md # Title\nwords", "%%markdown\n# Title\nwords"),
        ("%sql\nselect 1", "%%sql\nselect 1"),
        ("%sql select 1\nx = 1", "%sql select 1\nx = 1"),
        ("%sh ls", "%%bash\nls\n"),
        ("\n%python\nx = 1", "%%pyspark\nx = 1"),
        ("%sql", "%sql"),
        ("%time x = 1\n", "%time x = 1\n"),
        ("x = 1\n%md\n", "x = 1\n%md\n"),
        ("\n \n", "\n \n"),
        ("", ""),
    ],
)
def test_cells_of_databricks(source: str, becomes: str) -> None:
    assert "".join(databricks.as_cell_magic(source.splitlines(keepends=True))) == becomes


def test_a_notebook_of_databricks_runs(cloud: Cloud) -> None:
    cloud.put(notebook_of("%md\n# Words of a title", "%sh echo of the shell", "%python\nx = 7", "print('x is', x)"))
    run = cloud.run()
    assert run.code == 0, run.printed
    assert "Words of a title" in run.html
    assert "of the shell" in run.outputs()
    assert "x is 7" in run.outputs()


@pytest.mark.parametrize("backend", ["widget", "notebook", "qt"])
def test_plots_that_wait_for_a_mouse_are_pictures(cloud: Cloud, backend: str) -> None:
    cloud.put(notebook_of(f"%matplotlib {backend}", "import matplotlib\nprint(matplotlib.get_backend())"))
    run = cloud.run()
    assert run.code == 0, run.printed
    assert f"%matplotlib {backend} needs somebody to look at it" in run.outputs()
    assert "inline" in run.outputs()
