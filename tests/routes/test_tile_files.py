"""Tiles sent by Debian's nginx, set up as docs/operations.md says."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from apiflask import APIFlask
from sqlalchemy import Engine, text
from werkzeug.serving import make_server

from gridgis.app import create_app
from gridgis.config import Config
from gridgis.database import transaction
from gridgis.geometry.tile import at
from gridgis.services.tiles.serving import UNASKED_S
from tests.routes.city import COMMUNITY, SOUTH, STEP, WEST
from tests.routes.people import enter

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
X, Y = at(WEST + STEP / 2, SOUTH + STEP / 2, 16)
TILE = f"/tiles/buildings/16/{X}/{Y}.mvt"

_CONF = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
{user}
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    {locations}
  }}
}}
"""


@dataclass
class Front:
    """nginx with the application behind it."""

    app: APIFlask
    port: int
    behind: int
    files: Path

    def get(self, path: str = TILE, place: str = "city", *, direct: bool = False, **headers: str):
        """Ask as an operator who sees a place; return status, headers and body as they travel."""
        client = enter(self.app, "operator", place)
        cookie = client.get_cookie("gridgis_session")
        assert cookie is not None
        connection = http.client.HTTPConnection("127.0.0.1", self.behind if direct else self.port, timeout=20)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", path, headers=names | {"Cookie": f"{cookie.key}={cookie.value}"})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, answer.headers, body

    def kept(self) -> set[str]:
        return {path.name for path in self.files.rglob("*") if path.is_file()}


@pytest.fixture
def front(config: Config, web_engine: Engine, tmp_path: Path) -> Iterator[Front]:
    """The application behind nginx with the lines of the page, less its own paths and port."""
    nginx = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if nginx is None:
        pytest.skip("needs nginx: apt-get install nginx-light")
    files = tmp_path / "tiles"
    files.mkdir()
    app = create_app(replace(config, tile_folder=str(files)), engine=web_engine)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (block,) = [b for b in re.findall(r"```nginx\n(.*?)```", PAGE.read_text("utf-8"), re.S) if "_tiles" in b]
    locations = block.replace("127.0.0.1:8000", f"127.0.0.1:{server.server_port}")
    locations = locations.replace("/var/cache/gridgis/tiles", str(files))
    user = "user root;" if os.geteuid() == 0 else ""  # only root may read what pytest makes
    conf = tmp_path / "nginx.conf"
    conf.write_text(_CONF.format(folder=tmp_path, port=port, locations=locations, user=user))
    process = subprocess.Popen([nginx, "-c", conf, "-p", tmp_path], stderr=subprocess.DEVNULL)
    _wait(process, port)
    yield Front(app, port, server.server_port, files)
    process.terminate()
    process.wait(20)
    server.shutdown()
    thread.join()
    server.server_close()


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        assert process.poll() is None, "nginx does not start"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except ConnectionRefusedError:
            time.sleep(0.02)
        else:
            return
    pytest.fail("nginx does not answer")


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_the_answer_is_the_same_as_without_nginx(front: Front, encoding: str) -> None:
    sent = front.get(Accept_Encoding=encoding)
    own = front.get(Accept_Encoding=encoding, direct=True)
    assert (sent[0], sent[2]) == (own[0], own[2])
    assert sent[0] == 200
    for name in ("ETag", "Vary", "Content-Encoding", "Content-Type", "Cache-Control"):
        assert sent[1][name] == own[1][name], name
    for name in ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"):
        assert sent[1][name] == own[1][name], name
    assert not {"X-Accel-Redirect", "Last-Modified"} & set(sent[1])
    assert {sent[1]["ETag"].strip('"')} == front.kept()


def test_a_caller_who_has_it_gets_304(front: Front) -> None:
    tag = front.get()[1]["ETag"]
    status, headers, body = front.get(If_None_Match=tag)
    assert (status, headers["ETag"], body) == (304, tag, b"")


def test_an_edit_is_in_the_next_answer(front: Front, city_engine: Engine) -> None:
    def rename(name: str) -> None:
        with transaction(city_engine) as session:
            session.execute(
                text("UPDATE buildings SET name = :name WHERE code = :code"),
                {"name": name, "code": f"{COMMUNITY}001B1"},
            )
        time.sleep(UNASKED_S)  # as long as whoever writes over HTTP waits

    before = front.get()
    rename("改名")
    after = front.get()
    rename("楼1")
    assert "改名".encode() in after[2]
    assert after[1]["ETag"] != before[1]["ETag"]
    assert "改名".encode() not in front.get()[2]


def test_no_file_serves_two_scopes(front: Front) -> None:
    whole, own, foreign = (front.get(place=place) for place in ("city", "own", "foreign"))
    assert (whole[0], own[0], foreign[0], foreign[2]) == (200, 200, 204, b"")
    assert front.kept() == {answer[1]["ETag"].strip('"') for answer in (whole, own)}
    assert len(front.kept()) == 2


def test_nobody_walks_in_from_outside(front: Front) -> None:
    tag = front.get()[1]["ETag"].strip('"')
    assert front.get(f"/_tiles/buildings/{tag[:2]}/{tag}")[0] == 404
    connection = http.client.HTTPConnection("127.0.0.1", front.port, timeout=20)
    connection.request("GET", TILE)
    assert connection.getresponse().status == 401
    connection.close()


def test_a_folder_that_cannot_be_written_costs_no_answer(front: Front) -> None:
    shutil.rmtree(front.files)
    front.files.write_text("not a folder")
    assert front.get()[0] == 200
