"""An explorer in a kernel: ipywidgets, and a picture that is drawn anew at each position."""

from __future__ import annotations

import asyncio
import base64
from html import escape
from typing import TYPE_CHECKING, Any

from bplib.explorer.controls import Choice, Control, Play, Slider, Toggle
from bplib.explorer.page import display, in_ipython, stylesheet, table_body

if TYPE_CHECKING:
    from bplib.explorer.figure import Explorer

VIEW = "application/vnd.jupyter.widget-view+json"
HOW_TO_MOVE = (
    "A still picture: no kernel moves it. Run the cells of this notebook (Run All), and it gets its controls."
)
# Jupyter marks a widget whose kernel is gone. Its controls would go on moving, and the picture would not.
KERNEL_GONE = (
    '<p class="explorer-gone" style="display: none">The kernel that drew this picture is gone, so nothing moves here. '
    "Run the cells of this notebook again (Run All).</p>"
)
STYLE = """
.jupyter-widgets-disconnected > .widget-html-content > .explorer-gone { display: block !important; }
.jupyter-widgets-disconnected.explorer-moves { display: none; }
.explorer-asks .x-answer { visibility: hidden; }
"""


def is_at_hand() -> bool:
    """Whether there is a kernel of IPython; where nothing can move, it shows the first picture."""
    return in_ipython()


def show(explorer: Explorer) -> None:
    """Display the first picture, what it shows in words, and the widget.

    A widget is gone with its kernel, and a notebook that is opened again has nothing but "model not found" in its
    place. So picture and words are outputs of their own: they are in the file, and out of sight while the widget
    lives, by its own style sheet.
    """
    sentence, png = explorer.at().sentence, base64.b64encode(explorer.png()).decode()
    still = f"explorer-still-{explorer.id}"
    words = f"{sentence}\n{HOW_TO_MOVE}" if explorer.controls else sentence
    paragraphs = "".join(f"<p>{escape(line, quote=False)}</p>" for line in words.splitlines())
    display({"image/png": png, "text/plain": explorer.title}, **{"image/png": {"alt": explorer.title}})
    display({"text/html": f'<div class="{still}">{paragraphs}</div>', "text/plain": words})
    if explorer.controls:
        # In the outputs of this cell alone: a copy of the notebook may be open beside it. The end of a PNG is its
        # checksum, so no other picture has it.
        outputs = f":is(.jp-OutputArea, .output):has(.explorer-live-{explorer.id})"
        hidden = f'{outputs} :is(.{still}, img[src$="{png[-40:]}"]) {{ display: none; }}'
        display({VIEW: widget(explorer, hidden)._repr_mimebundle_()[VIEW]})


def widget(explorer: Explorer, style: str = "") -> Any:
    """A box with the picture, its controls and its sentence; `style` is CSS of its own."""
    import ipywidgets

    from bplib.explorer.figure import ExplorerError

    controls = {name: _control_widget(control) for name, control in explorer.controls.items()}
    picture, sentence, table, size = (ipywidgets.HTML() for _ in range(4))
    asked = _Asked(explorer, controls) if explorer.predict else None
    waiting = False

    def draw() -> None:
        nonlocal waiting
        waiting = False
        try:
            frame = explorer.at(**{name: control.value for name, control in controls.items()})
        except (ExplorerError, ValueError) as error:
            sentence.value = f'<p role="alert">{escape(str(error))}</p>'
            return
        picture.value = f'<div class="explorer">{explorer.stage.svg(frame.moving)}</div>'
        sentence.value = f'<p role="status">{escape(frame.sentence)}</p>'
        if why := explorer.too_many(frame):  # who writes a book learns of it here, not when it is built
            size.value = f"<div>It moves here, but no page can hold it: {escape(why)}</div>"
        if explorer.columns:
            heading = "".join(f"<th>{escape(column)}</th>" for column in explorer.columns)
            table.value = f"<table><tr>{heading}</tr>{table_body(frame.rows)}</table>"
        if asked:
            asked.tell()

    def moved(_: Any) -> None:
        # Events can come faster than pictures: draw once, a moment later, for the newest position.
        nonlocal waiting
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            draw()
            return
        if not waiting:
            waiting = True
            loop.call_later(0.002, draw)

    rows = []
    for name, control in controls.items():
        control.description = explorer.controls[name].label or name
        control.style = {"description_width": "initial"}
        control.observe(moved, "value")
        player = _player(explorer.controls[name], control)
        rows.append(ipywidgets.VBox([player, control]) if player else control)
    draw()
    moves = ipywidgets.VBox(rows)
    moves.add_class("explorer-moves")
    side_by_side = ipywidgets.Layout(display="flex", flex_flow="row wrap", align_items="center")
    beside = ipywidgets.Box([picture, *([asked.question] if asked else []), moves], layout=side_by_side)
    if asked:
        asked.stand_before(moves, beside)
    parts = [beside, sentence]
    if asked:
        parts += [asked.line, asked.go]
    if explorer.columns:
        parts.append(ipywidgets.Accordion([table], titles=["The numbers"]))
    if size.value:
        parts.append(size)
    parts.append(ipywidgets.HTML(f"<style>{stylesheet()}{STYLE}{style}</style>{KERNEL_GONE}"))
    box = ipywidgets.VBox(parts)
    box.add_class(f"explorer-live-{explorer.id}")
    box.controls = controls
    return box


class _Asked:
    """The question before the controls, as in the page; afterwards, what was said and what happens."""

    def __init__(self, explorer: Explorer, controls: dict[str, Any]) -> None:
        import ipywidgets

        assert explorer.predict
        self.predict, self.explorer, self.controls = explorer.predict, explorer, controls
        self.said, self.seen = "", False
        wide = {"layout": ipywidgets.Layout(width="auto", height="auto")}
        self.choices = [ipywidgets.Button(description=choice, **wide) for choice in self.predict.choices]
        self.skip = ipywidgets.Button(description="Skip")
        for button in (*self.choices, self.skip):
            button.on_click(self.answer)
        words = ipywidgets.HTML(f"<b>{escape(self.predict.question)}</b>")
        self.question = ipywidgets.VBox(
            [words, *self.choices, self.skip], layout=ipywidgets.Layout(max_width="30em")
        )
        self.line = ipywidgets.HTML()
        self.go = ipywidgets.Button(description="Go there", layout=ipywidgets.Layout(display="none"))
        self.go.on_click(self.move)

    def stand_before(self, moves: Any, beside: Any) -> None:
        """Hide the controls, and what in the picture beside them tells the answer, until the question is answered."""
        self.moves, self.beside = moves, beside
        moves.layout.display = "none"
        beside.add_class("explorer-asks")

    def answer(self, button: Any) -> None:
        self.said = "" if button is self.skip else button.description
        self.question.layout.display, self.moves.layout.display = "none", None
        self.beside.remove_class("explorer-asks")
        self.tell()

    def move(self, _: Any) -> None:
        for name, place in self.predict.places(self.explorer.controls).items():
            self.controls[name].value = self.explorer.controls[name].values[place]

    def tell(self) -> None:
        """What was said, and beside it what to do, or what happens."""
        if not self.said or self.seen:
            return
        places = self.predict.places(self.explorer.controls)
        own = self.explorer.controls
        self.seen = all(
            own[name].index_of(self.controls[name].value) == place for name, place in places.items()
        )
        then = self.predict.outcome if self.seen else self.predict.task(own)
        self.line.value = f'<p role="status">You said: “{escape(self.said)}” {escape(then)}</p>'
        self.go.layout.display = "none" if self.seen else None


def _control_widget(control: Control) -> Any:
    """The ipywidget of a control; its `value` trait holds one of the control's values."""
    import ipywidgets

    if isinstance(control, Toggle):
        return ipywidgets.Checkbox(value=control.value, indent=False)
    if isinstance(control, Choice):
        return ipywidgets.Dropdown(options=list(control.values), value=control.value)
    assert isinstance(control, Slider)
    if control.log:
        options = list(zip(control.texts, control.values, strict=True))
        return ipywidgets.SelectionSlider(options=options, value=control.value)
    numbers = {
        "value": control.value,
        "min": control.values[0],
        "max": control.values[-1],
        "step": control.step,
    }
    if isinstance(control.value, int):
        return ipywidgets.IntSlider(**numbers)
    return ipywidgets.FloatSlider(**numbers, readout_format=f".{control.decimals}f")


def _player(control: Control, slider: Any) -> Any:
    """A button that runs the slider, as the page's does; None for a control that does not run.

    Not ipywidgets.Play: its buttons have no name for those who listen to them.
    """
    import ipywidgets

    if not isinstance(control, Play):
        return None
    button = ipywidgets.Button(description=f"Play {slider.description}")
    running: asyncio.Task[None] | None = None
    place = slider.value  # where the player has put the slider

    async def run() -> None:
        nonlocal place
        place = slider.value if slider.value < slider.max else slider.min
        slider.value = place
        while place < slider.max:
            await asyncio.sleep(control.interval / 1000)
            place += slider.step
            slider.value = place
        stop()

    def stop() -> None:
        nonlocal running
        if running:
            running.cancel()
        running = None
        button.description = f"Play {slider.description}"

    def pressed(_: Any) -> None:
        nonlocal running
        if running:
            return stop()
        button.description = f"Pause {slider.description}"
        running = asyncio.get_running_loop().create_task(run())

    def moved(change: Any) -> None:
        if change.new != place:  # by the reader's hand
            stop()

    button.on_click(pressed)
    slider.observe(moved, "value")
    return button
