"""testssl.sh and sslscan against a gateway with an ECDSA and an RSA certificate: nothing that is in our hands is found."""

import concurrent.futures
import json
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest

from authority import Authority

# Severities of testssl.sh that would cost the grade A.
SEVERE = {"MEDIUM", "HIGH", "CRITICAL", "FATAL"}

# Findings that come of the test's private authority and not of the gateway: by id, with what testssl.sh says and why it is so.
OF_THE_TEST_AUTHORITY = {
    "cert_revocation": "Neither CRL nor OCSP URI provided",  # an authority of a test has no server that could answer
}

# Its own sections, in parts that run side by side.
SECTIONS = [
    ["-p", "-s", "-f", "-P", "-S"], ["-H", "-I", "-T", "-BB", "-R", "-C", "-h"], ["-O", "-Z", "-W", "-A", "-L", "-F", "-J", "-D", "-4"],
]  # fmt: skip


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("scanned") / "authority")


@pytest.fixture
def scanned(start_gateway, authority):
    # Long enough for testssl.sh, and a serial number of 128 bits.
    pairs = [authority.issue(f"localhost-{kind}", "localhost", kind=kind, days=(-1, 180)) for kind in ("ec", "rsa")]
    return start_gateway(tls={"certificates": [{**pair, "ocsp": str(authority.staple(pair))} for pair in pairs]})


def scan(gateway, authority: Authority, sections: list[str], file) -> list[dict]:
    """The findings of these sections."""
    command = ["testssl", "--fast", "--quiet", "--color", "0", "--warnings", "off", "--nodns", "none", "--ip", "127.0.0.1", "--add-ca",
               str(authority.certificate), "--jsonfile", str(file), *sections, f"localhost:{gateway.port}"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=110, stdin=subprocess.DEVNULL)
    assert file.exists(), run.stdout + run.stderr
    return json.loads(file.read_text())


def test_testssl_finds_nothing_that_is_ours_to_mend(scanned, authority, tmp_path):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        parts = [pool.submit(scan, scanned, authority, part, tmp_path / f"{index}.json") for index, part in enumerate(SECTIONS)]
        findings = [finding for part in parts for finding in part.result()]
    severe = [finding for finding in findings if finding["severity"] in SEVERE]
    ours = [finding for finding in severe if OF_THE_TEST_AUTHORITY.get(finding["id"].split()[0]) != finding["finding"]]
    assert ours == []
    # That it looked at all: what it must have found to have done its work.
    found = {}
    for finding in findings:
        found.setdefault(finding["id"], finding)
    for name in ("TLS1_2", "TLS1_3", "PFS", "secure_renego", "secure_client_renego", "CRIME_TLS", "heartbleed", "fallback_SCSV", "LUCKY13"):
        assert name in found, sorted(found)
    for name in ("SSLv2", "SSLv3", "TLS1", "TLS1_1"):
        assert "not offered" in found[name]["finding"], found[name]
    for name in ("cert_trust <cert#1>", "cert_chain_of_trust <cert#1>", "cert_trust <cert#2>", "cert_chain_of_trust <cert#2>"):
        assert found[name]["severity"] == "OK", found[name]
    assert "offered" in found["OCSP_stapling <cert#1>"]["finding"]
    # The header of the answer to GET /.
    assert found["HTTP_status_code"]["finding"].startswith("404"), found["HTTP_status_code"]
    assert abs(int(found["HTTP_clock_skew"]["finding"].split()[0])) < 60, found["HTTP_clock_skew"]
    assert found["X-Content-Type-Options"]["finding"] == "nosniff", found["X-Content-Type-Options"]


def test_sslscan_finds_only_modern_ciphers(scanned, tmp_path):
    file = tmp_path / "sslscan.xml"
    run = subprocess.run(["sslscan", "--no-colour", f"--xml={file}", f"localhost:{scanned.port}"], capture_output=True, text=True, timeout=60)
    test = ElementTree.parse(file).getroot().find("ssltest")
    assert test is not None, run.stdout + run.stderr
    enabled = {f"{protocol.get('type')} {protocol.get('version')}" for protocol in test.iter("protocol") if protocol.get("enabled") == "1"}
    assert enabled == {"tls 1.2", "tls 1.3"}
    assert test.find("renegotiation").get("supported") == "0"
    compression = test.find("compression")
    assert compression is None or compression.get("supported") != "1"
    assert {heartbleed.get("vulnerable") for heartbleed in test.iter("heartbleed")} == {"0"}
    ciphers = {(cipher.get("sslversion"), cipher.get("cipher")) for cipher in test.iter("cipher")}
    assert {name for version, name in ciphers if version == "TLSv1.3"} == {
        "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}
    # Forward secret and authenticated each of them: no CBC, no RSA key exchange.
    assert {name for version, name in ciphers if version == "TLSv1.2"} == {
        f"ECDHE-{kind}-{cipher}" for kind in ("ECDSA", "RSA")
        for cipher in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305")}
    groups = {group.get("name") for group in test.iter("group")}
    assert groups == {"x25519", "secp256r1 (NIST P-256)", "secp384r1 (NIST P-384)"}
