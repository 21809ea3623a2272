"""Pictures that come with a form whose fields hold their addresses (`picture` in a field's metadata)."""

from __future__ import annotations

from flask import request
from werkzeug.datastructures import MultiDict

from core.media.pictures import MAX_BYTES, PictureError, PictureTooLarge
from core.pages import uploads
from core.web.uploads import MB

MAX_BODY = 4 * MAX_BYTES + MB
_FILE = ".file"


def posted() -> tuple[MultiDict[str, str], dict[str, str]]:
    """What was typed, with the address of each picture in its field, and by field why a picture was not taken.

    A field whose picture was not taken keeps its address, else it names the file, so that its row stays.
    """
    typed, faults = MultiDict(request.form), {}
    for name, file in request.files.items():
        field = name.removesuffix(_FILE)
        if field == name or not file.filename:
            continue
        try:
            typed[field] = uploads.keep(file.stream.read(MAX_BYTES + 1))
        except (PictureError, PictureTooLarge) as error:
            faults[field] = error.message
            typed[field] = typed.get(field) or file.filename
    return typed, faults
