"""A certificate authority of a test's own, made of `openssl` commands: server and client certificates, and OCSP responses."""

import datetime
import os
import subprocess
from pathlib import Path

CONFIGURATION = """
[ca]
default_ca = authority
[authority]
dir = {directory}
database = {directory}/index.txt
new_certs_dir = {directory}
serial = {directory}/serial
default_md = sha256
policy = any
unique_subject = no
[any]
countryName = optional
organizationName = optional
organizationalUnitName = optional
commonName = optional
[request]
distinguished_name = name
[name]
[authority_extensions]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
"""

LEAF = """
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = {usage}
{names}
"""


def openssl(*arguments, **options) -> subprocess.CompletedProcess:
    """One command, which must do what it is asked."""
    run = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, timeout=30, **options)
    assert run.returncode == 0, (arguments, run.stdout, run.stderr)
    return run


def fingerprint(certificate: str | Path) -> str:
    """SHA-256 of the first certificate of a PEM file."""
    return openssl("x509", "-in", certificate, "-noout", "-fingerprint", "-sha256", text=True).stdout.strip()


class Authority:
    """Issues certificates into a directory of its own."""

    def __init__(self, directory: Path, name: str = "Test Authority"):
        directory.mkdir()
        self.directory = directory
        self.certificate, self.key = directory / "ca.pem", directory / "ca.key"
        self._configuration = directory / "openssl.cnf"
        self._configuration.write_text(CONFIGURATION.format(directory=directory))
        (directory / "index.txt").touch()
        (directory / "serial").write_text(f"{0x40 | os.urandom(1)[0]:02X}{os.urandom(15).hex().upper()}\n")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 30, "-subj", f"/CN={name}",
                "-config", self._configuration, "-extensions", "authority_extensions", "-keyout", self.key, "-out", self.certificate)

    def issue(self, file: str, *names: str, subject: str = "", kind: str = "ec", usage: str = "serverAuth",
              days: tuple[float, float] = (-1, 20)) -> dict[str, str]:
        """The configuration's entry of a certificate for these names, with a key of this kind, good between these days from now."""
        certificate, key, request = (self.directory / f"{file}.{ending}" for ending in ("pem", "key", "csr"))
        algorithm = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"] if kind == "ec" else ["rsa:2048"]
        openssl("req", "-new", "-newkey", *algorithm, "-nodes", "-utf8", "-subj", subject or f"/CN={file}", "-config", self._configuration,
                "-keyout", key, "-out", request)
        extensions = self.directory / f"{file}.ext"
        alternatives = ",".join(f"DNS:{name}" for name in names)
        extensions.write_text(LEAF.format(usage=usage, names=f"subjectAltName = {alternatives}" if names else ""))
        now = datetime.datetime.now(datetime.timezone.utc)
        begin, end = ((now + datetime.timedelta(days=day)).strftime("%Y%m%d%H%M%SZ") for day in days)
        openssl("ca", "-batch", "-config", self._configuration, "-cert", self.certificate, "-keyfile", self.key, "-in", request,
                "-out", certificate, "-notext", "-startdate", begin, "-enddate", end, "-extfile", extensions, "-preserveDN")
        return {"certificate": str(certificate), "key": str(key)}

    def client(self, file: str, **options) -> dict[str, str]:
        """The same for a client."""
        return self.issue(file, **{"usage": "clientAuth", **options})

    def revoke(self, pair: dict[str, str]) -> None:
        """Says of a certificate, from now on, that it is revoked."""
        openssl("ca", "-config", self._configuration, "-cert", self.certificate, "-keyfile", self.key, "-revoke", pair["certificate"])

    def staple(self, pair: dict[str, str], days: int = 2) -> Path:
        """An OCSP response for a certificate, in a file."""
        request, response = self.directory / "request.der", Path(pair["certificate"]).with_suffix(".ocsp")
        # The default SHA-1 names the issuer; it protects nothing.
        openssl("ocsp", "-issuer", self.certificate, "-cert", pair["certificate"], "-no_nonce", "-reqout", request)
        openssl("ocsp", "-index", self.directory / "index.txt", "-CA", self.certificate, "-rsigner", self.certificate, "-rkey", self.key,
                "-reqin", request, "-respout", response, "-ndays", days)
        return response
