# SPDX-License-Identifier: Apache-2.0
"""For mkdocs: what a document says of files beside docs/ is no link on the site."""

import logging
import pathlib
import re
from urllib.parse import unquote

log = logging.getLogger("mkdocs.plugins.holdfast")


def on_page_markdown(markdown, **_):
    return re.sub(r"\[([^]]*)\]\(\.\./[^)]*\)", r"\1", markdown)


def on_nav(nav, config, files):
    """A document that no menu leads to is forgotten; with --strict, a warning is an error."""
    reached = {page.file.src_uri for page in nav.pages}
    for file in files.documentation_pages():
        if file.src_uri not in reached:
            log.warning("docs/%s is not in the nav of mkdocs.yml", file.src_uri)
    return nav


def on_post_build(config):
    """Every link within the site leads to a place that is there: mkdocs looks at pages only."""
    site = pathlib.Path(config["site_dir"])
    pages = {page: page.read_text(encoding="utf-8") for page in site.rglob("*.html")}
    places = {page: set(re.findall(r'\bid="([^"]+)"', text)) for page, text in pages.items()}
    for page, text in pages.items():
        for target, place in re.findall(r'href="([^":#]*)#([^"]+)"', text):
            other = (page.parent / target).resolve() if target else page
            other = other / "index.html" if other.is_dir() else other
            if other in places and unquote(place) not in places[other] and place != "__skip":
                log.warning("%s links to %s#%s, which is not there",
                            page.relative_to(site), target, place)
