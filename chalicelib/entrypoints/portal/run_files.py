"""What the pages of runs and jobs show of the files that a run left."""

from __future__ import annotations

from typing import Any

from chalicelib.core.pagination import Page
from chalicelib.runs import publication, results
from chalicelib.runs.models import Run
from chalicelib.runs.publication import Access
from chalicelib.web import responses
from chalicelib.web.request import Request

FILES_A_PAGE = 100
CURSOR = "files_after"


def shown(request: Request, run: Run, access: Access = Access.ALL) -> dict[str, Any]:
    """Some of the run's files, `page_size` (the executed notebook as a page, in bytes; None for none), and how it is shown.
    Only what somebody with this access may read.

    Raises:
        BadRequest: the cursor in the address is not one of ours.
        Unavailable: S3 does not answer.
    """
    cursor = request.query.get(CURSOR)
    files = results.listing(run, FILES_A_PAGE, cursor)
    whole = not cursor and files.next is None
    sizes = {file.name: file.size for file in (files.items if whole else results.runners_files(run))}
    readable = Page([file for file in files.items if publication.is_shown(access, file.name)], files.next)
    return {"files": readable, "page_size": sizes.get(publication.page_of(access)), "max_page": results.MAX_PAGE}


def policy(page_size: int | None) -> dict[str, str]:
    """The headers of a page that frames an executed notebook, which comes from S3 when it is too large for Lambda."""
    if page_size is None or page_size <= results.MAX_DIRECT_PAGE:
        return {}
    return {"Content-Security-Policy": responses.page_policy(frame=results.origin())}
