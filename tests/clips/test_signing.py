"""Content Credentials with a chain of certificates made here; needs the extra c2pa."""

import datetime
import importlib.util
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from nostalgia.clips.inspection import inspect_clip
from nostalgia.clips.poster import encode_poster, write_poster
from nostalgia.clips.provenance import (
    SYNTHETIC,
    Provenance,
    metadata_tags,
    read_provenance,
    xmp_packet,
)
from nostalgia.clips.signing import has_credential, read_credential, sign_clip
from nostalgia.clips.writer import ClipWriter, probe
from nostalgia.clips.xmp import embed_xmp
from nostalgia.errors import BackendError, InputError
from nostalgia.photo.reader import read_photo

HAS_C2PA = importlib.util.find_spec("c2pa") is not None
needs_c2pa = pytest.mark.skipif(
    not HAS_C2PA, reason="the extra c2pa is not installed; run: pip install 'photo-nostalgia[c2pa]'"
)
KINDS = ["mp4", "gif", "webp", "jpg"]


def picture(seed=0):
    return np.random.default_rng(seed).integers(0, 255, (48, 64, 3), dtype=np.uint8)


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "old.jpg"
    Image.fromarray(picture()).save(path)
    return path


def provenance_of(photo):
    return Provenance(photo.name, read_photo(photo).sha256, "mesh", "smile", "0.1.0", label="moves")


@pytest.fixture
def make(photo, tmp_path):
    """Makes a clip or a poster of the photo."""

    def made(kind, name="clip"):
        path, xmp = tmp_path / f"{name}.{kind}", xmp_packet(provenance_of(photo))
        if kind == "jpg":
            content = encode_poster(picture(), metadata_tags(provenance_of(photo)))
            write_poster(path, content, xmp, overwrite=True)
            return path
        with ClipWriter(path, 64, 48, 10, xmp=xmp, overwrite=True) as writer:
            for number in range(3):
                writer.write(picture(number))
        return path

    return made


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    """A folder with root.pem, chain.pem and key.pem, and other.pem, an unrelated key."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    def named(name):
        parts = [(x509.NameOID.ORGANIZATION_NAME, "Family"), (x509.NameOID.COMMON_NAME, name)]
        return x509.Name([x509.NameAttribute(kind, text) for kind, text in parts])

    def certificate(name, key, issuer, issuer_key, is_root):
        now = datetime.datetime.now(datetime.UTC)
        usage = dict.fromkeys(
            "content_commitment key_encipherment data_encipherment key_agreement"
            " encipher_only decipher_only".split(),
            False,
        )
        usage |= {"digital_signature": not is_root, "key_cert_sign": is_root, "crl_sign": is_root}
        builder = (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(named(issuer))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(**usage), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False
            )
        )
        if not is_root:
            purpose = x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.EMAIL_PROTECTION])
            builder = builder.add_extension(purpose, critical=False)
        made = builder.sign(issuer_key, hashes.SHA256())
        return made.public_bytes(serialization.Encoding.PEM)

    folder = tmp_path_factory.mktemp("chain")
    root, own, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    (folder / "root.pem").write_bytes(certificate("Root", root, "Root", root, is_root=True))
    leaf = certificate("Anna", own, "Root", root, is_root=False)
    (folder / "chain.pem").write_bytes(leaf + (folder / "root.pem").read_bytes())
    for name, key in (("key", own), ("other", other)):
        secret = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        (folder / f"{name}.pem").write_bytes(secret)
    return folder


def sign(path, chain, photo=None):
    sign_clip(path, chain / "chain.pem", chain / "key.pem", photo)


@needs_c2pa
@pytest.mark.parametrize("kind", KINDS)
def test_a_signed_clip_names_its_signer_and_its_photo(make, chain, photo, kind):
    path = make(kind)
    assert not has_credential(path)
    sign(path, chain, photo)
    assert has_credential(path)
    found = read_credential(path, chain / "root.pem")
    assert (found.state, found.problems) == ("trusted", ())
    assert (found.signer, found.issuer) == ("Anna", "Family")
    assert found.made_by == "nostalgia 0.1.0"
    assert found.actions == ("c2pa.opened", "c2pa.edited")
    assert found.digital_source_type == SYNTHETIC
    assert found.ingredients == ("old.jpg",)
    assert read_provenance(path) == provenance_of(photo)
    assert {each.name for each in path.parent.iterdir()} == {"old.jpg", path.name}
    if kind != "jpg":
        assert probe(path).frames == 3


@needs_c2pa
def test_without_the_photo_the_clip_is_a_creation(make, chain):
    path = make("mp4")
    sign(path, chain)
    found = read_credential(path)
    assert found.actions == ("c2pa.created",)
    assert found.ingredients == ()
    assert found.state == "valid", "intact, but the signer is not trusted"


@needs_c2pa
@pytest.mark.parametrize("kind", KINDS)
def test_a_change_after_signing_breaks_the_signature(make, chain, photo, kind):
    path = make(kind)
    sign(path, chain)
    if kind == "mp4":
        content = bytearray(path.read_bytes())
        content[content.find(b"mdat") + 40] ^= 1
        path.write_bytes(content)
    else:
        embed_xmp(path, xmp_packet(replace(provenance_of(photo), driver="nod")))
    assert inspect_clip(path, chain / "root.pem").credential.state == "invalid"


@needs_c2pa
def test_neither_key_nor_photo_is_in_the_clip(make, chain, photo):
    path = make("mp4")
    before = path.stat().st_size
    sign(path, chain, photo)
    content = path.read_bytes()
    assert b"PRIVATE KEY" not in content
    assert photo.read_bytes()[-400:] not in content
    assert path.stat().st_size < before + 8000


@needs_c2pa
def test_a_clip_that_cannot_be_signed_is_unchanged(make, chain, tmp_path, photo):
    path, other = make("mp4"), tmp_path / "other.png"
    Image.fromarray(picture(7)).save(other)
    locked = tmp_path / "locked.pem"
    locked.write_text("-----BEGIN PRIVATE KEY-----\nSECRET\n-----END PRIVATE KEY-----\n")
    before = path.read_bytes()
    root, full, key = (chain / f"{name}.pem" for name in ("root", "chain", "key"))
    for certificate, secret, origin, words in [
        (full, chain / "other.pem", None, "is not the key of"),
        (full, locked, None, "with a password"),
        (full, full, None, "with a password"),
        (key, key, None, "no PEM certificate"),
        (tmp_path / "no.pem", key, None, "cannot be opened"),
        (full, key, other, "is not the file"),
    ]:
        with pytest.raises(InputError, match=words) as caught:
            sign_clip(path, certificate, secret, origin)
        assert "SECRET" not in str(caught.value)
        assert caught.value.__cause__ is None or "SECRET" not in str(caught.value.__cause__)
    assert root.is_file()
    assert path.read_bytes() == before


@needs_c2pa
def test_only_clips_of_nostalgia_are_signed_and_only_once(make, chain, tmp_path, photo):
    path = make("mp4")
    sign(path, chain)
    with pytest.raises(InputError, match="already signed"):
        sign(path, chain)
    with pytest.raises(InputError, match="only clips of nostalgia"):
        sign(photo, chain)


@pytest.mark.skipif(HAS_C2PA, reason="the extra c2pa is installed")
def test_without_the_extra_the_message_names_it(make, tmp_path):
    with pytest.raises(BackendError, match=r"pip install 'photo-nostalgia\[c2pa\]'"):
        sign_clip(make("mp4"), tmp_path / "a.pem", tmp_path / "b.pem")
