"""The guard around the browser itself: it must catch what it is there to catch."""

import http.server
import threading

import pytest

PAGE = b"""<!doctype html><title>start</title><p>local</p>
<script>
  fetch("https://example.org/data").catch(() => {});
  new Image().src = "http://192.0.2.1/pixel.png";
  new WebSocket("wss://example.org/live");
</script>"""


class OnePage(http.server.BaseHTTPRequestHandler):
    """Answers every address with the same page."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_):
        pass


@pytest.fixture
def address():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), OnePage)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_requests_that_would_leave_the_machine_are_kept_and_not_sent(page, outside_requests, address):
    page.goto(address, wait_until="domcontentloaded")
    page.wait_for_timeout(500)
    assert page.inner_text("p") == "local"
    assert sorted(outside_requests) == [
        "http://192.0.2.1/pixel.png",
        "https://example.org/data",
        "wss://example.org/live",
    ]
    outside_requests.clear()  # expected here; anywhere else the page fixture fails the test
