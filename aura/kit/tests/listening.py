"""Servers and resolvers that tests of the door outwards talk to."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

Talk = Callable[[socket.socket], None]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Listener:
    """A socket server that counts who knocks and lets the test do the talking."""

    def __init__(self) -> None:
        self.knocks = 0
        self.requests: list[bytes] = []
        self.talk: Talk = lambda sock: sock.sendall(OK)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                sock, _ = self._socket.accept()
            except OSError:
                return
            self.knocks += 1
            threading.Thread(target=self._one, args=(sock,), daemon=True).start()

    def _one(self, sock: socket.socket) -> None:
        try:
            with sock:
                head = b""
                while b"\r\n\r\n" not in head:
                    got = sock.recv(65_536)
                    if not got:
                        return
                    head += got
                # Closing with unread bytes would reset the line and take the answer with it.
                length = re.search(rb"\r\nContent-Length: (\d+)", head)
                missing = int(length[1]) - len(head.partition(b"\r\n\r\n")[2]) if length else 0
                while missing > 0:
                    got = sock.recv(65_536)
                    head += got
                    missing -= len(got)
                self.requests.append(head)
                self.talk(sock)
        except OSError:
            pass

    def close(self) -> None:
        self._socket.close()


class Secure(Listener):
    """A listener over TLS with a certificate of its own for `hooks.example`."""

    def __init__(self, folder: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hooks.example")])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(datetime.now(UTC) - timedelta(days=1))
            .not_valid_after(datetime.now(UTC) + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.example")]), critical=False)
            .sign(key, hashes.SHA256())
        )
        self.authority = folder / "authority.pem"
        self.authority.write_bytes(certificate.public_bytes(Encoding.PEM))
        (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.authority, folder / "key.pem")
        self.names: list[str | None] = []
        self.context.sni_callback = lambda sock, name, context: self.names.append(name)
        super().__init__()

    def _one(self, sock: socket.socket) -> None:
        try:
            super()._one(self.context.wrap_socket(sock, server_side=True))
        except OSError:
            sock.close()


def answers(monkeypatch, *rounds: list[str]) -> list[str]:
    """Let names resolve to these addresses, one list after the other; returns the names that were asked for."""
    asked: list[str] = []
    left = list(rounds)

    def fake(host, port, **_options):
        asked.append(host)
        found = left.pop(0) if len(left) > 1 else left[0]
        if not found:
            raise socket.gaierror("no such name")
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in found
        ]

    monkeypatch.setattr(socket, "getaddrinfo", fake)
    return asked
