"""Contact sheet: photos with a numbered box round each face."""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from nostalgia.faces.finder import PROBABLE_SCORE
from nostalgia.types import Face, Photo

LONGEST_SIDE_PX = 1600
GAP_PX = 12
BOX_COLOUR = (255, 196, 0)
SHADE_COLOUR = (20, 20, 20)


def contact_sheet(photos: Sequence[tuple[Photo, Sequence[Face]]]) -> bytes:
    """Return a PNG of the photos, one below the other, each face boxed and numbered.

    The number of what is possibly not a face has a question mark. Each photo is reduced to 1600 px
    at its longest side.
    """
    pictures = [_with_boxes(photo, faces) for photo, faces in photos]
    width = max(picture.width for picture in pictures)
    height = sum(picture.height for picture in pictures) + GAP_PX * (len(pictures) - 1)
    sheet = Image.new("RGB", (width, height), SHADE_COLOUR)
    top = 0
    for picture in pictures:
        sheet.paste(picture, (0, top))
        top += picture.height + GAP_PX
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG")
    return buffer.getvalue()


def _with_boxes(photo: Photo, faces: Sequence[Face]) -> Image.Image:
    scale = min(1.0, LONGEST_SIDE_PX / max(photo.width, photo.height))
    size = (max(1, round(photo.width * scale)), max(1, round(photo.height * scale)))
    picture = Image.fromarray(photo.pixels).resize(size, Image.Resampling.LANCZOS)
    draw = ImageDraw.Draw(picture)
    line = max(2, round(max(size) / 400))
    for face in faces:
        box = tuple(edge * scale for edge in face.box_xyxy)
        left, top, right, bottom = box
        draw.rectangle(box, outline=SHADE_COLOUR, width=line + 2)
        draw.rectangle(box, outline=BOX_COLOUR, width=line)
        font = ImageFont.load_default(size=max(18.0, (bottom - top) / 5))
        label = f" {face.number}{'?' if face.score < PROBABLE_SCORE else ''} "
        x0, y0, x1, y1 = draw.textbbox((left, top), label, font=font, anchor="ls")
        down = max(0.0, -y0)  # keep the number inside where the box touches the upper edge
        draw.rectangle((x0, y0 + down, x1, y1 + down + line), fill=BOX_COLOUR)
        draw.text((left, top + down), label, fill=SHADE_COLOUR, font=font, anchor="ls")
    return picture
