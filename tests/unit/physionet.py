"""A server on this machine that gives out a small PTB-XL as PhysioNet does, and does wrong what a test asks for."""

from __future__ import annotations

import hashlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from publishers import write_ptbxl

PATIENTS = ("1.0", "1.0", "2.0", "3.0", "4.0", "5.0", "5.0", "6.0")
CODES = ("{'AFIB': 0.0}", "{'NORM': 100.0, 'SR': 0.0}")
SUMS = "SHA256SUMS.txt"


class PhysioNet(ThreadingHTTPServer):
    """Serves a folder as the publisher does; what it does wrong is set by the test."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.cuts: dict[str, list[int]] = {}  # by ending: after how many bytes the next answers break off
        self.spoiled: dict[str, int] = {}  # by ending: how many of the next answers have a wrong byte
        self.status: dict[str, int] = {}  # by ending
        self.asked: list[tuple[str, str | None]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/files"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: PhysioNet

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        here, name = self.server, self.path.removeprefix("/files/ptb-xl/1.0.3/")
        here.asked.append((name, self.headers.get("Range")))
        status = next((code for ending, code in here.status.items() if name.endswith(ending)), 200)
        if status != 200 or not (here.folder / name).is_file():
            self.send_response(status if status != 200 else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        content = (here.folder / name).read_bytes()
        for ending in here.spoiled:
            if name.endswith(ending) and here.spoiled[ending]:
                here.spoiled[ending] -= 1
                content = bytes([content[0] ^ 1]) + content[1:]
        start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").rstrip("-"))
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        cuts = next((cuts for ending, cuts in here.cuts.items() if name.endswith(ending) and cuts), None)
        if cuts is None:
            self.wfile.write(content[start:])
        else:
            self.wfile.write(content[start : start + cuts.pop(0)])
            self.close_connection = True


def publish(folder: Path) -> Path:
    """The publisher's layout with its sums, one space between sum and name."""
    records = [{"patient_id": patient, "scp_codes": CODES[i % 2]} for i, patient in enumerate(PATIENTS)]
    write_ptbxl(folder, records)
    (folder / "LICENSE.txt").write_text("CC BY 4.0\n")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.relative_to(folder).as_posix()}" for path in files]
    (folder / SUMS).write_text("\n".join(lines) + "\n")
    return folder
