"""Draws a matplotlib figure as small SVG text, split into what stands still and what moves.

Matplotlib's own animation contract decides which is which: artists made with ``animated=True`` move, all
others are drawn once. A recorded position of the sliders is one short piece of SVG for each moving artist.
"""

from __future__ import annotations

import base64
import io
import math
import re
from collections.abc import Iterable
from html import escape
from typing import Any

import numpy as np
from matplotlib import colors, font_manager
from matplotlib.artist import Artist
from matplotlib.axis import Axis
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Transform

from bplib.explorer.palette import css_colour

# Inside the SVG one CSS pixel is ten units: every coordinate is then a short whole number.
UNITS = 10
_ANCHORS = {"left": (0.0, ""), "center": (0.5, ' text-anchor="middle"'), "right": (1.0, ' text-anchor="end"')}
_CURVES = {Path.CURVE3: "q", Path.CURVE4: "c"}


def _join(numbers: Iterable[int]) -> str:
    """Whole numbers as SVG reads them, with no space where a minus sign separates."""
    text = ""
    for n in numbers:
        text += f" {n}" if n >= 0 and text else f"{n}"
    return text


class SvgRenderer(RendererBase):  # type: ignore[misc]  # matplotlib's types are skipped
    """A matplotlib renderer that writes SVG elements to `out`, and what several share to `defs`.

    All lengths that reach it are CSS pixels, counted from the lower left corner; `prefix` opens every id.
    """

    def __init__(self, width: float, height: float, dpi: float, prefix: str) -> None:
        super().__init__()
        self.width, self.height, self.dpi, self.prefix = width, height, dpi, prefix
        self.out: list[str] = []
        self.defs: dict[str, str] = {}  # element with no id: its id
        self._measured: dict[tuple[Any, ...], Any] = {}

    # What matplotlib asks a renderer about itself.

    def get_canvas_width_height(self) -> tuple[float, float]:
        return self.width, self.height

    def points_to_pixels(self, points: Any) -> Any:
        return points * self.dpi / 72

    def get_text_width_height_descent(self, s: str, prop: font_manager.FontProperties, ismath: Any) -> Any:
        # At each position the same words are drawn again, and to measure them takes longer than to write them.
        key = s, hash(prop), ismath
        if key not in self._measured:
            self._measured[key] = super().get_text_width_height_descent(s, prop, ismath)
        return self._measured[key]

    def option_image_nocomposite(self) -> bool:
        return True

    def option_scale_image(self) -> bool:
        return True

    # What it asks it to draw.

    def draw_path(
        self, gc: GraphicsContextBase, path: Path, transform: Transform, rgbFace: Any = None
    ) -> None:
        d, box = self._path_data(path, transform, filled=rgbFace is not None)
        style = self._style(gc, rgbFace)
        flat = box[0] == box[2] or box[1] == box[3]
        if d and style != ' fill="none"' and not (flat and "stroke" not in style):
            self.out.append(f'<path d="{d}"{style}{self._clip(gc, box)}/>')

    def draw_markers(
        self,
        gc: GraphicsContextBase,
        marker_path: Path,
        marker_trans: Transform,
        path: Path,
        trans: Transform,
        rgbFace: Any = None,
    ) -> None:
        _require_finite(path.vertices, "a marker's position")
        points = [(v[-2], v[-1]) for v, _ in path.iter_segments(trans, simplify=False) if len(v)]
        self._uses(gc, marker_path, marker_trans, points, rgbFace)

    def draw_path_collection(
        self,
        gc: GraphicsContextBase,
        master_transform: Transform,
        paths: Any,
        all_transforms: Any,
        offsets: Any,
        offset_trans: Transform,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        # _iter_collection passes over offsets that are not finite; a picture must not lose points in silence.
        _require_finite(np.ma.getdata(offsets), "a marker's position")
        super().draw_path_collection(
            gc, master_transform, paths, all_transforms, offsets, offset_trans, *args, **kwargs
        )

    def draw_image(
        self, gc: GraphicsContextBase, x: float, y: float, im: Any, transform: Transform | None = None
    ) -> None:
        rows, columns = im.shape[:2]
        if transform is None:
            transform = Affine2D().scale(columns, rows)
        # From the image's own pixels (its first row on top) to units of the picture.
        placed = (
            Affine2D().scale(1 / columns, 1 / rows)
            + transform
            + Affine2D().translate(x, y).scale(UNITS, -UNITS).translate(0, UNITS * self.height)
        )
        matrix = placed.get_matrix()[:2].T.ravel()
        corners = transform.transform([[0, 0], [1, 1]]) + np.array([x, y])
        opacity = gc.get_alpha()
        # An image in ink alone (INK_MAP) is turned to the dark page's ink by the style sheet.
        ink = "" if im[..., :3].any() else ' class="x-ink"'
        self.out.append(
            f"<g{self._clip(gc, (*corners.min(axis=0), *corners.max(axis=0)))}>"
            f'<image{ink} width="{columns}" height="{rows}" preserveAspectRatio="none" image-rendering="pixelated" '
            f'transform="matrix({" ".join(f"{v:.6g}" for v in matrix)})"'
            f"{_opacity('opacity', 1 if opacity is None else opacity)} "
            f'href="data:image/png;base64,{base64.b64encode(_png(im)).decode()}"/></g>'
        )

    def draw_text(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: font_manager.FontProperties,
        angle: float,
        ismath: Any = False,
        mtext: Any = None,
    ) -> None:
        if ismath:  # no browser sets mathtext's glyphs right: draw their outlines
            self._draw_text_as_path(gc, x, y, s, prop, angle, ismath, mtext)
            return
        # x, y is the left end of the line as matplotlib measured it. The browser has another font, so say
        # which point of the line must stay: that of the text's own alignment.
        straight = mtext is None or angle == 0 or mtext.get_rotation_mode() == "anchor"
        part, anchor = _ANCHORS["left" if mtext is None else mtext.get_ha() if straight else "center"]
        width = part * self.get_text_width_height_descent(s, prop, False)[0] if part else 0
        radians = math.radians(angle)
        px = round(UNITS * (x + width * math.cos(radians)))
        py = round(UNITS * (y - width * math.sin(radians)))
        size = round(UNITS * self.points_to_pixels(prop.get_size_in_points()))
        weight = prop.get_weight()
        bold = ' font-weight="bold"' if font_manager.weight_dict.get(weight, weight) >= 600 else ""
        italic = ' font-style="italic"' if prop.get_style() != "normal" else ""
        turn = f' transform="rotate({-angle:.4g} {px} {py})"' if angle else ""
        rgba = gc.get_rgb()
        alpha = gc.get_alpha() if gc.get_forced_alpha() else rgba[3]
        text = (
            f'<text x="{px}" y="{py}" font-size="{size}"{anchor}{turn}'
            f' fill="{css_colour(colors.to_hex(rgba))}"{_opacity("fill-opacity", alpha)}'
            f"{bold}{italic}>{escape(s, quote=False)}</text>"
        )
        # The browser's font decides how far it reaches: clip wherever the text asks for it (clip_on=True).
        clip = self._clip(gc, (-math.inf, -math.inf, math.inf, math.inf))
        self.out.append(f"<g{clip}>{text}</g>" if clip else text)

    # How it writes.

    def _uses(
        self, gc: GraphicsContextBase, path: Path, transform: Transform, points: Any, rgbFace: Any
    ) -> None:
        """The same small path at many points: written once, used by reference."""
        d, box = self._path_data(path, transform, filled=True, flip_only=True)
        if not d or not points:
            return
        shape = self._def(f'<path d="{d}"/>')
        self.out.append(f"<g{self._style(gc, rgbFace)}>")
        for x, y in points:
            here = (box[0] + x, box[1] + y, box[2] + x, box[3] + y)
            px, py = round(UNITS * x), round(UNITS * (self.height - y))
            use = f'<use href="#{shape}" x="{px}" y="{py}"/>'
            clip = self._clip(gc, here)
            self.out.append(f"<g{clip}>{use}</g>" if clip else use)
        self.out.append("</g>")

    def _path_data(
        self, path: Path, transform: Transform, *, filled: bool, flip_only: bool = False
    ) -> tuple[str, tuple[float, float, float, float]]:
        """The path as SVG's `d`, rounded to 0.1 px, in relative coordinates; and its box in pixels."""
        _require_finite(path.vertices, "a path")
        # A line may leave the picture far behind; what is more than a picture's size away is cut off.
        far = max(self.width, self.height)
        clip = None if filled else (-far, -far, 2 * far, 2 * far)
        clean = path.cleaned(transform, clip=clip, simplify=path.should_simplify and not filled, curves=True)
        vertices, codes = np.asarray(clean.vertices), np.asarray(clean.codes)
        _require_finite(vertices, "a path")  # a patch has its place in the transform
        drawn = codes != Path.STOP
        vertices, codes = vertices[drawn], codes[drawn]
        ends = vertices[codes != Path.CLOSEPOLY]
        if not len(ends):
            return "", (0.0, 0.0, 0.0, 0.0)
        box = (*ends.min(axis=0), *ends.max(axis=0))
        flip = 0.0 if flip_only else UNITS * self.height
        units = np.rint(vertices * [UNITS, -UNITS] + [0, flip]).astype(np.int64).tolist()
        parts, command = [], ""
        (here_x, here_y), (start_x, start_y) = units[0], units[0]
        kinds = codes.tolist()
        i = 0
        while i < len(units):
            code = kinds[i]
            if code == Path.LINETO:  # most of what is drawn
                x, y = units[i]
                step_x, step_y = x - here_x, y - here_y
                here_x, here_y = x, y
                i += 1
                if command != "l":
                    parts.append("l")
                elif not step_x and not step_y:
                    continue  # shorter than 0.1 px
                elif step_x >= 0:
                    parts.append(" ")
                command = "l"
                parts.append(f"{step_x} {step_y}" if step_y >= 0 else f"{step_x}{step_y}")
            elif code == Path.CLOSEPOLY:
                parts.append("z")
                command = "z"
                here_x, here_y = start_x, start_y
                i += 1
            elif code == Path.MOVETO:
                here_x, here_y = start_x, start_y = units[i]
                parts.append(f"M{_join(units[i])}")
                command = "M"
                i += 1
            else:
                count = Path.NUM_VERTICES_FOR_CODE[Path.code_type(code)]
                step = [n for x, y in units[i : i + count] for n in (x - here_x, y - here_y)]
                here_x, here_y = units[i + count - 1]
                i += count
                numbers, letter = _join(step), _CURVES[Path.code_type(code)]
                if letter != command:
                    parts.append(letter)
                elif numbers[0] != "-":
                    parts.append(" ")
                parts.append(numbers)
                command = letter
        return "".join(parts), box

    def _style(self, gc: GraphicsContextBase, rgbFace: Any) -> str:
        if gc.get_hatch():
            raise ValueError("hatches are not recorded; use a colour")
        forced = gc.get_alpha() if gc.get_forced_alpha() else None
        if rgbFace is None:
            style = ' fill="none"'
        else:
            alpha = forced if forced is not None else rgbFace[3] if len(rgbFace) == 4 else 1
            style = f' fill="{css_colour(colors.to_hex(rgbFace[:3]))}"{_opacity("fill-opacity", alpha)}'
        width = UNITS * self.points_to_pixels(gc.get_linewidth())
        rgba = gc.get_rgb()
        alpha = forced if forced is not None else rgba[3]
        if width > 0 and alpha > 0:
            style += (
                f' stroke="{css_colour(colors.to_hex(rgba))}" stroke-width="{width:.4g}"'
                f"{_opacity('stroke-opacity', alpha)}"
            )
            offset, dashes = gc.get_dashes()
            if dashes is not None:
                lengths = " ".join(f"{UNITS * self.points_to_pixels(v):.4g}" for v in dashes)
                style += f' stroke-dasharray="{lengths}"'
                if offset:
                    style += f' stroke-dashoffset="{UNITS * self.points_to_pixels(offset):.4g}"'
            # The picture's own defaults (see Stage.svg) are round joins and butt caps.
            if (join := gc.get_joinstyle()) != "round":
                style += f' stroke-linejoin="{join}"'
            if (cap := gc.get_capstyle()) != "butt":
                style += f' stroke-linecap="{"square" if cap == "projecting" else cap}"'
        return style

    def _clip(self, gc: GraphicsContextBase, box: tuple[float, float, float, float]) -> str:
        """The clip attribute, if what is drawn inside `box` would pass the edge of its axes."""
        path, transform = gc.get_clip_path()
        if path is not None:
            d, _ = self._path_data(path, transform, filled=True)
            return self._clip_by(f'<path d="{d}"/>')
        rectangle = gc.get_clip_rectangle()
        if rectangle is None:
            return ""
        x0, y0, x1, y1 = rectangle.extents
        slack = 0.05  # less than the picture's own rounding
        if box[0] >= x0 - slack and box[1] >= y0 - slack and box[2] <= x1 + slack and box[3] <= y1 + slack:
            return ""
        x, y = round(UNITS * x0), round(UNITS * (self.height - y1))
        width, height = round(UNITS * (x1 - x0)), round(UNITS * (y1 - y0))
        return self._clip_by(f'<rect x="{x}" y="{y}" width="{width}" height="{height}"/>')

    def _clip_by(self, shape: str) -> str:
        name = self._def(f"<clipPath>{shape}</clipPath>")
        return f' clip-path="url(#{name})"'

    def _def(self, element: str) -> str:
        """The id of an element that several share."""
        return self.defs.setdefault(element, f"{self.prefix}.{len(self.defs)}")


def _opacity(attribute: str, alpha: float) -> str:
    return "" if alpha == 1 else f' {attribute}="{alpha:.3g}"'


def _require_finite(values: Any, what: str) -> None:
    if not np.isfinite(values).all():
        raise ValueError(f"{what} is not finite (NaN or infinity)")


def _require_shown(artist: Artist) -> None:
    """Refuse what matplotlib passes over in silence: a text at no place, a pixel or a point of no colour."""
    if isinstance(artist, Text) and artist.get_text():
        _require_finite(artist.get_unitless_position(), "a text's position")
    values = artist.get_array() if hasattr(artist, "get_array") else None
    if values is not None and values.dtype.kind == "f":
        # matplotlib has masked what is not finite; a mask that was meant has numbers under it
        _require_finite(np.ma.getdata(values), "an image's or a collection's value")


def _png(rgba: Any) -> bytes:
    """The image as PNG, with a palette where at most 256 colours are in it (a tenth of the size)."""
    from PIL import Image

    rgba = np.ascontiguousarray(rgba, dtype=np.uint8)
    palette, index = np.unique(rgba.view(np.uint32), return_inverse=True)
    buffer = io.BytesIO()
    if len(palette) > 256:
        Image.fromarray(rgba).save(buffer, "PNG", optimize=True)
        return buffer.getvalue()
    entries = palette.view(np.uint8).reshape(-1, 4)
    image = Image.fromarray(index.reshape(rgba.shape[:2]).astype(np.uint8), "P")
    image.putpalette(entries[:, :3].tobytes())
    opaque = bool((entries[:, 3] == 255).all())
    image.save(buffer, "PNG", optimize=True, **({} if opaque else {"transparency": entries[:, 3].tobytes()}))
    return buffer.getvalue()


class Stage:
    """A figure on which some artists move.

    `still` is the SVG of the rest, with one empty `<g>` for each moving artist at its place in the z-order.
    """

    def __init__(self, figure: Figure, prefix: str) -> None:
        self.figure, self.prefix = figure, prefix
        figure.draw_without_rendering()  # lay it out once: a layout that moves would move what stands still
        figure.set_layout_engine("none")
        animated = figure.findobj(lambda artist: artist.get_animated())
        # A part of a moving artist moves with it, and is not drawn twice.
        parts = {id(part) for artist in animated for part in artist.findobj(include_self=False)}
        self.moving: list[Artist] = [artist for artist in animated if id(artist) not in parts]
        self.n_artists = len(self._artists())
        width, height = figure.canvas.get_width_height()
        self._renderer = SvgRenderer(width, height, figure.dpi, prefix)
        self.still = self.draw_still()

    def draw_still(self) -> str:
        """The SVG of what stands still; draws the whole figure, so it is slow."""
        renderer = self._renderer
        renderer.out = []
        try:
            for k, artist in enumerate(self.moving):
                artist.set_animated(False)  # matplotlib leaves animated artists out
                artist.draw = lambda _, k=k: renderer.out.append(f'<g data-slot="{k}"></g>')
            self.figure.draw(renderer)
            for k, artist in enumerate(self.moving):
                if f'<g data-slot="{k}"></g>' not in renderer.out:
                    raise ValueError(f"{artist} was made with animated=True, but its axes do not draw it")
        finally:
            for artist in self.moving:
                artist.set_animated(True)
                artist.__dict__.pop("draw", None)
        return "".join(renderer.out)

    def draw_moving(self) -> list[str]:
        """The SVG of each moving artist, as it is now."""
        if len(self._artists()) != self.n_artists:
            raise ValueError(
                "update added or removed artists; make every artist once, before update, and move it there "
                "(set_data, set_text, set_visible)"
            )
        renderer = self._renderer
        pieces = []
        for artist in self.moving:
            renderer.out = []
            artist.draw(renderer)
            piece = "".join(renderer.out)
            pieces.append(f'<g class="x-answer">{piece}</g>' if artist.get_gid() == "answer" else piece)
        return pieces

    def _artists(self) -> list[Artist]:
        """All artists but the parts of moving ones, and those of an axis, which makes its ticks as it needs them."""
        whole = {id(artist) for artist in self.moving}
        found: list[Artist] = []
        todo: list[Artist] = [self.figure]
        while todo:
            artist = todo.pop()
            found.append(artist)
            if artist.get_visible():
                _require_shown(artist)
            if id(artist) not in whole and not isinstance(artist, Axis):
                todo += artist.get_children()
        return found

    @property
    def defs(self) -> str:
        """What the pieces drawn so far refer to: a piece that is drawn later may add to it."""
        return "".join(
            re.sub(r"^<\w+", rf'\g<0> id="{name}"', element) for element, name in self._renderer.defs.items()
        )

    def svg(self, moving: list[str]) -> str:
        """The whole picture. Call it after everything is recorded: all shared shapes are known then."""
        width, height = self.figure.canvas.get_width_height()
        body = self.still
        for k, piece in enumerate(moving):
            body = body.replace(f'<g data-slot="{k}"></g>', f'<g data-slot="{k}">{piece}</g>', 1)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {UNITS * width} {UNITS * height}" '
            f'width="{width}" height="{height}" stroke-linejoin="round" aria-hidden="true" focusable="false">'
            f"<defs>{self.defs}</defs>{body}</svg>"
        )
