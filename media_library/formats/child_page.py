"""Opens what is drawn by another library than Pillow: the first page of a PDF. Runs in the decoding child.

The library is loaded at the first such file only.
"""

from __future__ import annotations

from typing import Any

from PIL import Image

PASSWORD = 4  # FPDF_ERR_PASSWORD of fpdfview.h
WHITE = (255, 255, 255)


class Locked(Exception):
    """It opens with a password only."""


def box_of(outputs: list[dict[str, Any]]) -> tuple[int, int]:
    """Return the largest picture that is asked for."""
    return max(output["width"] for output in outputs), max(output["height"] for output in outputs)


def first_page(path: str, box: tuple[int, int]) -> tuple[int, Image.Image | None]:
    """Return how many pages a PDF has, and its first one as a picture that just fits into `box`.

    None where that page cannot be drawn. Raises Locked, and ValueError when the file cannot be opened.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as problem:
        if getattr(problem, "err_code", None) == PASSWORD:
            raise Locked from None
        raise ValueError("not a PDF that can be opened") from None
    try:
        pages = len(document)
        if not pages:
            raise ValueError("no page")
        try:
            page = document[0]
            width, height = page.get_size()
            scale = min(box[0] / width, box[1] / height)
            size = max(round(width * scale), 1), max(round(height * scale), 1)
            bitmap = page.render(scale=scale, may_draw_forms=False)
            picture: Image.Image = bitmap.to_pil().convert("RGB")
        except (pypdfium2.PdfiumError, ZeroDivisionError, OverflowError):
            return pages, None
        return pages, picture if picture.size == size else picture.resize(size, Image.Resampling.BICUBIC)
    finally:
        document.close()
