"""Links to the glossary's terms and to labels, written as every Markdown reader knows a link.

`[gradient](glossary.md#term-gradient)` opens the glossary in JupyterLab and in VS Code too, where a role of Sphinx's
would show its braces. MyST knows the headings of other pages as targets, but not their terms and labels; this hands
such links to Sphinx. A term that is not there stays with MyST, which warns, and so fails the build.
"""

from __future__ import annotations

from collections.abc import Iterable

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform


class GlossaryLinks(SphinxPostTransform):
    """Turns links to the glossary page's terms into references to terms."""

    default_priority = 8  # before MyST's own, which is 9

    def run(self, **_: object) -> None:
        """Sphinx calls this for each page."""
        terms = {
            (page, id): (kind, name)
            for name, _, kind, page, id, _ in self.env.get_domain("std").get_objects()
            if kind in {"term", "label"}
        }
        for link in list(self.document.findall(pending_xref)):
            target = (link.get("reftarget"), link.get("reftargetid"))
            if link.get("refdomain") == "doc" and target in terms:
                kind, name = terms[target]
                text = nodes.inline("", "", *link.children, classes=["std", f"std-{kind}"])
                link.replace_self(
                    pending_xref(
                        "",
                        text,
                        refdoc=link["refdoc"],
                        refdomain="std",
                        reftype="ref" if kind == "label" else kind,
                        reftarget=name,
                        refexplicit=True,
                        refwarn=True,
                    )
                )


def defining(app: Sphinx, env: BuildEnvironment) -> Iterable[str]:
    """The pages with terms or other entries of an index, to be written in every build.

    Of a page that it does not write, Sphinx keeps no such entries in the search (its issue 12599, seen in 7.4.7).
    """
    return [page for page, entries in env.get_domain("index").data["entries"].items() if entries]


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx calls this."""
    app.add_post_transform(GlossaryLinks)
    app.connect("env-updated", defining)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
