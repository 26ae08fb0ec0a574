"""A window with one WebKit page, for WebKitWebDriver; run by the system's Python, which has GTK's bindings.

MiniBrowser, which is there for that, is never narrower than 447 px, and tells nothing of the console when it is driven.
"""

import sys

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import Gtk, WebKit2  # noqa: E402

folder = sys.argv[1]
# The console is written for a context that may keep things on disk alone.
data = WebKit2.WebsiteDataManager(base_data_directory=folder, base_cache_directory=folder)
context = WebKit2.WebContext(website_data_manager=data)
context.set_automation_allowed(True)
view = WebKit2.WebView(
    web_context=context,
    settings=WebKit2.Settings(enable_write_console_messages_to_stdout=True),
    is_controlled_by_automation=True,
)


def started(context, session):
    info = WebKit2.ApplicationInfo()
    info.set_version(WebKit2.get_major_version(), WebKit2.get_minor_version(), WebKit2.get_micro_version())
    session.set_application_info(info)
    session.connect("create-web-view", lambda session: view)


context.connect("automation-started", started)
window = Gtk.Window(default_width=1280, default_height=900)
window.add(view)
window.show_all()
Gtk.main()
