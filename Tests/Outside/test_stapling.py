"""OCSP responses from files, as `openssl s_client -status` sees them."""

import json
import re
import shutil
from pathlib import Path

import pytest

from authority import Authority
from gateway import Gateway
from s_client import s_client

NONE = "OCSP response: no response sent"


@pytest.fixture
def authority(tmp_path) -> Authority:
    return Authority(tmp_path / "authority")


@pytest.fixture
def stapled(authority) -> dict[str, str]:
    """The entry of a certificate with a response."""
    pair = authority.issue("site", "localhost")
    return {**pair, "ocsp": str(authority.staple(pair))}


def asked(gateway, authority, *options: str) -> str:
    return s_client(gateway, "-status", *options, authority=authority.certificate)


def backdate(response: Path, year: bytes = b"2001") -> None:
    """Moves the times of a response to another year; nobody here checks the signature."""
    response.write_bytes(re.sub(rb"(?<=\x18\x0f)20\d\d(?=\d{10}Z)", year, response.read_bytes()))


@pytest.mark.parametrize("option", ["-tls1_2", "-tls1_3"])
def test_a_response_is_stapled_when_a_client_asks(start_gateway, authority, stapled, option):
    gateway = start_gateway(tls={"certificates": [stapled]})
    said = asked(gateway, authority, option)
    assert "OCSP Response Status: successful" in said and "Cert Status: good" in said
    assert "Verify return code: 0 (ok)" in said
    assert "OCSP" not in s_client(gateway, option, authority=authority.certificate)


def test_without_a_file_there_is_none(echo_gateway):
    assert NONE in s_client(echo_gateway, "-status")


def test_each_certificate_has_its_own(start_gateway, authority, stapled):
    rsa = authority.issue("site-rsa", "localhost", kind="rsa")
    other = authority.issue("other", "other.example")
    entries = [stapled, {**rsa, "ocsp": str(authority.staple(rsa))}, {**other, "ocsp": str(authority.staple(other))}]
    bare = authority.issue("bare", "bare.example")
    gateway = start_gateway(tls={"certificates": [*entries, bare]})

    def serial(said: str) -> str:
        return re.search(r"Serial Number: (\w+)", said)[1]

    seen = {
        serial(asked(gateway, authority, "-servername", "localhost", "-sigalgs", "ECDSA+SHA256")),
        serial(asked(gateway, authority, "-servername", "localhost", "-sigalgs", "RSA-PSS+SHA256")),
        serial(asked(gateway, authority, "-servername", "other.example")),
    }
    assert len(seen) == 3
    assert NONE in asked(gateway, authority, "-servername", "bare.example")


def test_a_response_is_renewed_by_a_reload(start_gateway, authority, stapled):
    gateway = start_gateway(tls={"certificates": [stapled]})
    authority.revoke(stapled)
    authority.staple(stapled)
    assert "Cert Status: good" in asked(gateway, authority)
    assert gateway.request("POST", "/api/v1/reload").status == 200
    # It is the authority's word, and clients are to hear it.
    assert "Cert Status: revoked" in asked(gateway, authority)
    assert 'msg="certificate is revoked"' in gateway.log


@pytest.mark.parametrize("year", [b"2001", b"2091"], ids=["expired", "not-yet"])
def test_a_response_out_of_its_time_is_warned_of_and_not_stapled(start_gateway, authority, stapled, year):
    backdate(Path(stapled["ocsp"]), year)
    gateway = start_gateway(tls={"certificates": [stapled]})
    assert NONE in asked(gateway, authority)
    (line,) = [line for line in gateway.log.splitlines() if "OCSP response is out of date and not stapled" in line]
    assert "level=warning" in line and stapled["ocsp"] in line and year.decode() in line


def test_a_response_from_the_end_of_time_is_warned_of_and_hurts_nobody(start_gateway, authority, stapled):
    """The last year that ASN.1 can write is beyond what nanoseconds can count."""
    backdate(Path(stapled["ocsp"]), b"9999")
    gateway = start_gateway(tls={"certificates": [stapled]})
    assert NONE in asked(gateway, authority)
    assert "OCSP response is out of date and not stapled" in gateway.log


@pytest.mark.parametrize("way, words", [
    ("missing", "cannot read"), ("garbage", "no OCSP response in DER"), ("cut", "no OCSP response in DER"), ("longer", "no OCSP response in DER"),
    ("empty", "without an answer"), ("foreign", "is not about the certificate"), ("other-authority", "is not about the certificate"),
])
def test_a_file_that_is_no_response_for_the_certificate_is_an_error(tmp_path, certificates, authority, stapled, way, words):
    file = Path(stapled["ocsp"])
    if way == "missing":
        file.unlink()
    elif way == "garbage":
        file.write_bytes(b"-----BEGIN OCSP RESPONSE-----")
    elif way == "cut":
        file.write_bytes(file.read_bytes()[:-10])
    elif way == "longer":
        file.write_bytes(file.read_bytes() + b"\0")
    elif way == "empty":
        # RFC 6960 section 2.3: tryLater.
        file.write_bytes(b"\x30\x03\x0a\x01\x03")
    elif way == "foreign":
        shutil.copy(authority.staple(authority.issue("other", "localhost")), file)
    else:
        stranger = Authority(tmp_path / "stranger", "Stranger")
        shutil.copy(stranger.staple(stranger.issue("site", "localhost")), file)
    gateway = Gateway(tmp_path, certificates, tls={"certificates": [stapled]})
    with pytest.raises(AssertionError, match="ended with 2"):
        gateway.start()
    (error,) = gateway.log.splitlines()
    assert re.match(r".*roadstead\.yaml:\d+:\d+: listeners\[0\]\.tls\.certificates\[0\]\.ocsp: ", error) and words in error


def test_a_bad_response_refuses_a_reload(start_gateway, authority, stapled):
    gateway = start_gateway(tls={"certificates": [stapled]})
    Path(stapled["ocsp"]).write_bytes(b"nothing")
    answer = gateway.request("POST", "/api/v1/reload")
    assert answer.status == 422 and "no OCSP response" in json.dumps(answer.json["errors"])
    assert "Cert Status: good" in asked(gateway, authority)
