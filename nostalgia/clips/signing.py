"""Content Credentials (C2PA) in clips: signed with the user's own certificate, and read back.

The work is done by the library c2pa-python, the extra `c2pa`. A signature covers every byte of the
clip, so it is put on last; whatever changes the file afterwards breaks it, and that is its point.
"""

import json
import mmap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nostalgia.clips.ffmpeg import require_file
from nostalgia.clips.provenance import Provenance, read_provenance
from nostalgia.clips.xmp import file_kind
from nostalgia.errors import BackendError, EncodingError, InputError
from nostalgia.files import partial_path, printable_name
from nostalgia.photo.reader import read_photo

_MIME = {"mp4": "video/mp4", "gif": "image/gif", "webp": "image/webp", "jpeg": "image/jpeg"}
_STORE_BOX = b"jumdc2pa\x00\x11\x00\x10\x80\x00\x00\xaa\x008\x9bq"
"""How every C2PA manifest store begins (ISO 19566-5 description box with the type of C2PA)."""
_SOURCE = "org.photo-nostalgia.source"
_SETTINGS = {
    # Nothing of the picture is put into the file a second time, and nothing is asked of a network.
    "builder": {"thumbnail": {"enabled": False}},
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
}
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Credential:
    """What a signature says.

    state: "trusted", "valid" (intact, by a certificate that is on no list known here) or "invalid"
    (the file was changed after it was signed, or the signature is broken). problems: codes of the
    C2PA standard. signer, issuer: from the certificate. made_by: the program. actions: such as
    "c2pa.edited". digital_source_type: IPTC term of the last action that has one. ingredients:
    titles of what the clip was made of.
    """

    state: str
    problems: tuple[str, ...]
    signer: str
    issuer: str
    made_by: str
    actions: tuple[str, ...]
    digital_source_type: str
    ingredients: tuple[str, ...]


def sign_clip(
    path: Path | str, certificate: Path | str, key: Path | str, photo: Path | str | None = None
) -> None:
    """Sign a finished clip of nostalgia, or its poster, in place.

    Args:
        path: MP4, GIF, WebP or JPEG.
        certificate: PEM file, the signer's certificate first, then those that vouch for it.
        key: PEM file (PKCS 8), without a password; it is read and neither copied nor told.
        photo: the photo that the clip was made of, to be named as its origin, by its hash.

    Raises:
        InputError: the clip says nothing of itself, is signed already, was made of another photo,
            or the certificate and the key cannot be used.
        BackendError: the extra is missing. EncodingError: the signed clip cannot be written.
    """
    path = Path(path)
    c2pa = _library()
    told = _told(path)
    photo_path = _origin(Path(photo), told, path) if photo is not None else None
    signer = _signer(c2pa, Path(certificate), Path(key))
    partial = partial_path(path)
    try:
        context = c2pa.Context(c2pa.Settings.from_dict(_SETTINGS))
        manifest = _manifest(path, told, has_photo=photo_path is not None)
        with signer, c2pa.Builder.from_json(json.dumps(manifest), context=context) as builder:
            if photo_path is not None:
                origin = {"title": told.title, "relationship": "parentOf", "instance_id": "photo"}
                with photo_path.open("rb") as file:
                    builder.add_ingredient(json.dumps(origin), "", file)
            with path.open("rb") as unsigned, partial.open("w+b") as signed:
                builder.sign(signer, _MIME[file_kind(path)], unsigned, signed)
        partial.replace(path)
    except c2pa.C2paError as exc:
        raise InputError(f"{printable_name(path)}: could not be signed ({_words(exc)})") from exc
    except OSError as exc:
        raise EncodingError(
            f"{printable_name(path)}: the signed clip cannot be written ({exc.strerror})"
        ) from exc
    finally:
        partial.unlink(missing_ok=True)


def has_credential(path: Path | str) -> bool:
    """Whether a file holds Content Credentials, readable here or not."""
    with Path(path).open("rb") as file:
        if not file.seek(0, 2):
            return False
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(_STORE_BOX) >= 0


def read_credential(path: Path | str, anchors: Path | str | None = None) -> Credential | None:
    """The Content Credentials of a file; None without any, or where they cannot be made out.

    anchors: PEM file of root certificates that are trusted; without it nobody is "trusted".

    Raises:
        BackendError: the extra is missing. InputError: the file or the anchors cannot be read.
    """
    c2pa = _library()
    settings: dict[str, Any] = dict(_SETTINGS)
    if anchors is not None:
        settings["trust"] = {"trust_anchors": _text(Path(anchors), "root certificates").decode()}
    try:
        context = c2pa.Context(c2pa.Settings.from_dict(settings))
        with Path(path).open("rb") as file, c2pa.Reader("", file, context=context) as reader:
            state = str(reader.get_validation_state() or "invalid").lower()
            found = reader.get_validation_results() or {}
            manifest = reader.get_active_manifest() or {}
    except c2pa.C2paError:
        return None
    except OSError as exc:
        raise InputError(f"{printable_name(path)}: cannot be read ({exc.strerror})") from exc
    return _credential(manifest, state, found)


def _credential(manifest: Mapping[str, Any], state: str, found: Mapping[str, Any]) -> Credential:
    failures = found.get("activeManifest", {}).get("failure", [])
    signature = manifest.get("signature_info") or {}
    actions = [
        action
        for assertion in manifest.get("assertions", [])
        if str(assertion.get("label", "")).startswith("c2pa.actions")
        for action in assertion.get("data", {}).get("actions", [])
    ]
    kinds = [str(each["digitalSourceType"]) for each in actions if "digitalSourceType" in each]
    programs = manifest.get("claim_generator_info") or [{}]
    return Credential(
        state=state,
        problems=tuple(str(each.get("code", "")) for each in failures),
        signer=str(signature.get("common_name") or ""),
        issuer=str(signature.get("issuer") or ""),
        made_by=" ".join(str(programs[0].get(word, "")) for word in ("name", "version")).strip(),
        actions=tuple(str(each.get("action", "")) for each in actions),
        digital_source_type=kinds[-1] if kinds else "",
        ingredients=tuple(str(each.get("title", "")) for each in manifest.get("ingredients", [])),
    )


def _library() -> Any:
    try:
        import c2pa
    except ImportError as exc:
        raise BackendError(
            "Content Credentials need the extra c2pa: type: pip install 'photo-nostalgia[c2pa]'"
        ) from exc
    return c2pa


def _told(path: Path) -> Provenance:
    require_file(path, InputError)
    try:
        told = read_provenance(path)
    except EncodingError as exc:
        raise InputError(str(exc)) from exc
    said = printable_name(path)
    if told is None:
        raise InputError(
            f"{said}: does not say how it was made; only clips of nostalgia are signed"
        )
    if has_credential(path):
        raise InputError(f"{said}: is signed already; make the clip anew to sign it anew")
    return told


def _origin(photo: Path, told: Provenance, path: Path) -> Path:
    if read_photo(photo).sha256 != told.source_sha256:
        raise InputError(
            f"{printable_name(photo)}: is not the file that {printable_name(path)} was made of"
        )
    return photo


def _manifest(path: Path, told: Provenance, *, has_photo: bool) -> dict[str, Any]:
    """What is signed; the same provenance gives the same manifest."""
    kind = {"digitalSourceType": told.digital_source_type, "description": told.description}
    actions: list[dict[str, Any]] = [{"action": "c2pa.created", **kind}]
    if has_photo:
        opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["photo"]}}
        actions = [opened, {"action": "c2pa.edited", **kind}]
    made = {
        "sha256": told.source_sha256, "title": told.title, "motion": told.motion,
        "driver": told.driver, "enhancement": told.enhancement, "label": told.label,
    }  # fmt: skip
    return {
        "claim_generator_info": [{"name": "nostalgia", "version": told.version}],
        "title": printable_name(path.name),
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": actions}},
            {"label": _SOURCE, "data": made},
        ],
    }


def _signer(c2pa: Any, certificate: Path, key: Path) -> Any:
    chain, secret = _text(certificate, "certificate"), _text(key, "key")
    info = c2pa.C2paSignerInfo(_algorithm(certificate, chain, key, secret), chain, secret, None)
    try:
        return c2pa.Signer.from_info(info)
    except c2pa.C2paError as exc:
        raise InputError(
            f"{printable_name(certificate)}: cannot be used for signing ({_words(exc)})"
        ) from exc


def _algorithm(certificate: Path, chain: bytes, key: Path, secret: bytes) -> str:
    """The name of the signature that fits the certificate, as C2PA calls it.

    Raises:
        InputError: certificate or key cannot be read, or do not belong together.
    """
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        public = x509.load_pem_x509_certificate(chain).public_key()
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise InputError(f"{printable_name(certificate)}: holds no PEM certificate") from exc
    try:
        own = load_pem_private_key(secret, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # Without its cause: that might quote the key.
        raise InputError(f"{printable_name(key)}: holds no PEM key without a password") from None
    if own.public_key() != public:
        raise InputError(f"{printable_name(key)}: is not the key of {printable_name(certificate)}")
    if isinstance(public, ec.EllipticCurvePublicKey):
        return {256: "es256", 384: "es384", 521: "es512"}.get(public.curve.key_size, "es256")
    if isinstance(public, rsa.RSAPublicKey):
        return "ps256"
    if isinstance(public, ed25519.Ed25519PublicKey):
        return "ed25519"
    raise InputError(f"{printable_name(certificate)}: C2PA knows no signatures by such keys")


def _text(path: Path, kind: str) -> bytes:
    require_file(path, InputError, kind)
    if path.stat().st_size > _MOST_BYTES:
        raise InputError(f"{printable_name(path)}: is no {kind}: it is too large")
    try:
        return path.read_bytes()
    except OSError as exc:
        raise InputError(f"{printable_name(path)}: cannot be read ({exc.strerror})") from exc


def _words(error: Exception) -> str:
    return printable_name(" ".join(str(error).split()), 200)
