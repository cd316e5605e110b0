"""HTML as a browser without JavaScript reads it: the text, and the forms with what their fields hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

Attributes = list[tuple[str, str | None]]


@dataclass
class Form:
    """A form of a page: where it goes, what its fields hold as the page comes, and which of them take files."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    multipart: bool = False
    file_fields: list[str] = field(default_factory=list)

    def goes_to(self, action_end: str) -> bool:
        return self.action.split("?")[0].endswith(action_end)


def text_of(html: str) -> str:
    """What a person reads, white space put together."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    return " ".join(" ".join(reader.words).split())


def forms(html: str, url: str) -> list[Form]:
    """The forms of the page at this address, their actions made absolute."""
    reader = _Forms()
    reader.feed(html)
    reader.close()
    for form in reader.forms:
        form.action = urljoin(url, form.action)
    return reader.forms


class _Text(HTMLParser):
    """Leaves out scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden = ""

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        if tag in ("script", "style"):
            self._hidden = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._hidden:
            self._hidden = ""

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


class _Forms(HTMLParser):
    """Reads inputs, chosen radio buttons and boxes, the select's option, text areas."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._area = self._select = ""

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(values.get("action", ""), multipart=values.get("enctype") == "multipart/form-data"))
        elif tag == "option" and self._select:
            self._option(values)
        elif self.forms and values.get("name"):
            self._field(tag, values)

    def _field(self, tag: str, values: dict[str, str]) -> None:
        form, kind, name = self.forms[-1], values.get("type"), values["name"]
        if tag == "textarea":
            self._area = name
            form.fields[name] = ""
        elif tag == "select":
            self._select = name
        elif tag == "input" and kind == "file":
            form.file_fields.append(name)
        elif tag == "input" and (kind not in ("radio", "checkbox") or "checked" in values):
            form.fields[name] = values.get("value", "")

    def _option(self, values: dict[str, str]) -> None:
        fields = self.forms[-1].fields
        if self._select not in fields or "selected" in values:
            fields[self._select] = values.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area:
            fields = self.forms[-1].fields
            fields[self._area] = fields[self._area].removeprefix("\n")
            self._area = ""
        elif tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1].fields[self._area] += data
