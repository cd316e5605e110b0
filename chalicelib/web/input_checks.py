"""Unknown parameters and fields are refused by name, never ignored: a script that misspells a filter must not get everything."""

from __future__ import annotations

from collections.abc import Collection

from chalicelib.core.errors import NO_SUCH_FIELD, FieldError, Invalid, UnsupportedMediaType
from chalicelib.web.form_state import OF_EVERY_FORM, no_such_fields
from chalicelib.web.request import MAX_NAME, TWICE, Request

FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


def refuse_unknown(request: Request, query: Collection[str], takes_body: bool, compares: bool) -> None:
    """Refuse a request with query parameters, a version, a body or fields that its endpoint does not read, and
    those that are given twice. The fields of a body that is read are checked by its form.

    Raises:
        Invalid: naming each parameter or field.
        UnsupportedMediaType: the body is not JSON by its content type.
        BadRequest, TooLarge: the body cannot be read.
    """
    unknown = [name for name in request.query if name not in query]
    if unknown:
        raise _invalid(unknown, "There is no such query parameter here.")
    if request.repeated:
        raise _invalid(request.repeated, TWICE)
    # A script's empty variable must not get everything; without a cursor it gets the first page, as it means to.
    if empty := [name for name, value in request.query.items() if not value.strip() and name != "cursor"]:
        raise _invalid(empty, "Give a value, or leave this parameter out.")
    if not compares and request.headers.get("if-match"):
        raise Invalid.field("If-Match", "This endpoint does not compare versions. Leave this header out.")
    if request.method == "GET" or not request.has_body:
        return
    _check_content_type(request.headers.get("content-type", ""))
    if not takes_body and (names := list(request.json)):
        raise _invalid(names, NO_SUCH_FIELD)


def check_page(request: Request, query: Collection[str] | None) -> None:
    """Refuse what a page does not read: parameters of its address, of which `query` are known, and forms by another content type.

    Raises:
        Invalid, UnsupportedMediaType: as the two checks have it.
    """
    _refuse_unknown_query(request, query)
    if request.method == "POST":
        _refuse_other_forms(request)


def _refuse_unknown_query(request: Request, query: Collection[str] | None) -> None:
    """Refuse a page's address with query parameters that the page does not read; None for one that takes any.

    Raises:
        Invalid: naming each.
    """
    unknown = [name[:MAX_NAME] for name in request.query if query is not None and name not in query]
    if unknown:
        raise Invalid(
            [FieldError(name, f"This page has no parameter “{name}”. Check the address.") for name in unknown]
        )
    if query is not None and request.repeated:
        twice = [
            FieldError(name, f"The address has “{name}” twice. Leave one of them out.") for name in request.repeated
        ]
        raise Invalid(twice)


def refuse_unknown_fields(request: Request, fields: Collection[str] | None) -> None:
    """Refuse a form with fields that its page does not read: `fields` are known, beside those that every form has; None for one
    whose fields are checked by a form class.

    Raises:
        Invalid: naming each.
        BadRequest, TooLarge: the form cannot be read.
    """
    if fields is None or request.method != "POST":
        return
    if unknown := [name for name in request.form if name not in fields and name not in OF_EVERY_FORM]:
        raise no_such_fields(unknown)


def _refuse_other_forms(request: Request) -> None:
    """Refuse a form that is none by its content type.

    Raises:
        UnsupportedMediaType: it is neither of the two that browsers send with files or without.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.has_body and media_type not in ("", *FORM_TYPES):
        raise UnsupportedMediaType(f"Send this page's form as browsers do, not as {media_type[:MAX_NAME]}.")


def _check_content_type(content_type: str) -> None:
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type not in ("", "application/json"):
        raise UnsupportedMediaType(
            f"Send JSON with the header Content-Type: application/json, not {media_type[:MAX_NAME]}."
        )


def _invalid(names: list[str], message: str) -> Invalid:
    return Invalid([FieldError(name[:MAX_NAME], message) for name in names])
