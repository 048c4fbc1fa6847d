"""Content Credentials (C2PA) in clips: signed with the user's own certificate, and read back.

The work is done by the library c2pa-python, the extra `c2pa`. A signature covers every byte of the
clip, so it is added last; any later change to the file breaks it, which is its purpose.
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
from nostalgia.files import printable_name, whole_file
from nostalgia.photo.reader import read_photo

_MIME = {"mp4": "video/mp4", "gif": "image/gif", "webp": "image/webp", "jpeg": "image/jpeg"}
_STORE_BOX = b"jumdc2pa\x00\x11\x00\x10\x80\x00\x00\xaa\x008\x9bq"
"""Start of every C2PA manifest store: an ISO 19566-5 description box of the type of C2PA."""
_SOURCE = "org.photo-nostalgia.source"
_PHOTO_ID = "photo"
_SETTINGS = {
    # The picture is not embedded a second time, and no network is used.
    "builder": {"thumbnail": {"enabled": False}},
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
}
_MAX_PEM_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Credential:
    """Content of a signature.

    state: "trusted", "valid" (intact, but the certificate is not in the list of trusted ones) or
    "invalid" (the file was changed after it was signed, or the signature is broken). problems:
    codes of the C2PA standard. signer, issuer: from the certificate. made_by: the program. actions:
    such as "c2pa.edited". digital_source_type: IPTC term of the last action that has one.
    ingredients: titles of the files that the clip was made from.
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
        certificate: PEM file, the signer's certificate first, then those that certify it.
        key: PEM file (PKCS 8), without a password; it is read, never copied or shown.
        photo: the photo that the clip was made from, to be named as its origin, by its hash.

    Raises:
        InputError: the clip holds no provenance, is already signed, was made from another photo,
            or the certificate and the key cannot be used.
        BackendError: the extra is missing. EncodingError: the signed clip cannot be written.
    """
    path = Path(path)
    c2pa = _library()
    provenance = _unsigned_provenance(path)
    photo_path = None if photo is None else _origin(Path(photo), provenance, path)
    signer = _signer(c2pa, Path(certificate), Path(key))
    try:
        context = c2pa.Context(c2pa.Settings.from_dict(_SETTINGS))
        manifest = json.dumps(_manifest(path, provenance, has_photo=photo_path is not None))
        with (
            whole_file(path, "signed clip") as partial,
            signer,
            c2pa.Builder.from_json(manifest, context=context) as builder,
        ):
            if photo_path is not None:
                ingredient = {"relationship": "parentOf", "instance_id": _PHOTO_ID}
                ingredient["title"] = provenance.title
                with photo_path.open("rb") as file:
                    builder.add_ingredient(json.dumps(ingredient), "", file)
            with path.open("rb") as unsigned, partial.open("w+b") as signed:
                builder.sign(signer, _MIME[file_kind(path)], unsigned, signed)
    except c2pa.C2paError as exc:
        raise InputError(f"{printable_name(path)}: could not be signed ({_reason(exc)})") from exc


def has_credential(path: Path | str) -> bool:
    """True if a file holds Content Credentials, whether they can be read or not."""
    with Path(path).open("rb") as file:
        if not file.seek(0, 2):
            return False
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(_STORE_BOX) >= 0


def read_credential(path: Path | str, anchors: Path | str | None = None) -> Credential | None:
    """Read the Content Credentials of a file; None if there are none, or they are unreadable.

    anchors: PEM file of trusted root certificates; without it no signature is "trusted".

    Raises:
        BackendError: the extra is missing. InputError: the file or the anchors cannot be read.
    """
    c2pa = _library()
    settings: dict[str, Any] = dict(_SETTINGS)
    if anchors is not None:
        settings["trust"] = {"trust_anchors": _pem(Path(anchors), "root certificates").decode()}
    try:
        context = c2pa.Context(c2pa.Settings.from_dict(settings))
        with Path(path).open("rb") as file, c2pa.Reader("", file, context=context) as reader:
            state = str(reader.get_validation_state() or "invalid").lower()
            results = reader.get_validation_results() or {}
            manifest = reader.get_active_manifest() or {}
    except c2pa.C2paError:
        return None
    except OSError as exc:
        raise InputError(f"{printable_name(path)}: cannot be read ({exc.strerror})") from exc
    return _credential(manifest, state, results)


def _credential(manifest: Mapping[str, Any], state: str, results: Mapping[str, Any]) -> Credential:
    failures = results.get("activeManifest", {}).get("failure", [])
    signature = manifest.get("signature_info") or {}
    actions = [
        action
        for assertion in manifest.get("assertions", [])
        if str(assertion.get("label", "")).startswith("c2pa.actions")
        for action in assertion.get("data", {}).get("actions", [])
    ]
    source_types = [
        str(each["digitalSourceType"]) for each in actions if "digitalSourceType" in each
    ]
    programs = manifest.get("claim_generator_info") or [{}]
    return Credential(
        state=state,
        problems=tuple(str(each.get("code", "")) for each in failures),
        signer=str(signature.get("common_name") or ""),
        issuer=str(signature.get("issuer") or ""),
        made_by=" ".join(str(programs[0].get(word, "")) for word in ("name", "version")).strip(),
        actions=tuple(str(each.get("action", "")) for each in actions),
        digital_source_type=source_types[-1] if source_types else "",
        ingredients=tuple(str(each.get("title", "")) for each in manifest.get("ingredients", [])),
    )


def _library() -> Any:
    try:
        import c2pa
    except ImportError as exc:
        raise BackendError(
            "Content Credentials need the extra c2pa; run: pip install 'photo-nostalgia[c2pa]'"
        ) from exc
    return c2pa


def _unsigned_provenance(path: Path) -> Provenance:
    require_file(path, InputError)
    try:
        provenance = read_provenance(path)
    except EncodingError as exc:
        raise InputError(exc.message) from exc
    name = printable_name(path)
    if provenance is None:
        raise InputError(f"{name}: has no provenance; only clips made by nostalgia can be signed")
    if has_credential(path):
        raise InputError(f"{name}: is already signed; make the clip again to sign it again")
    return provenance


def _origin(photo: Path, provenance: Provenance, path: Path) -> Path:
    if read_photo(photo).sha256 != provenance.source_sha256:
        raise InputError(
            f"{printable_name(photo)}: is not the file that {printable_name(path)} was made from"
        )
    return photo


def _manifest(path: Path, provenance: Provenance, *, has_photo: bool) -> dict[str, Any]:
    """Statement to be signed; the same provenance gives the same manifest."""
    origin = {
        "digitalSourceType": provenance.digital_source_type,
        "description": provenance.description,
    }
    actions: list[dict[str, Any]] = [{"action": "c2pa.created", **origin}]
    if has_photo:
        opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": [_PHOTO_ID]}}
        actions = [opened, {"action": "c2pa.edited", **origin}]
    made = {
        "sha256": provenance.source_sha256,
        "title": provenance.title,
        "motion": provenance.motion,
        "driver": provenance.driver,
        "enhancement": provenance.enhancement,
        "label": provenance.label,
    }
    return {
        "claim_generator_info": [{"name": "nostalgia", "version": provenance.version}],
        "title": printable_name(path.name),
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": actions}},
            {"label": _SOURCE, "data": made},
        ],
    }


def _signer(c2pa: Any, certificate: Path, key: Path) -> Any:
    chain, secret = _pem(certificate, "certificate"), _pem(key, "key")
    info = c2pa.C2paSignerInfo(_algorithm(certificate, chain, key, secret), chain, secret, None)
    try:
        return c2pa.Signer.from_info(info)
    except c2pa.C2paError as exc:
        raise InputError(
            f"{printable_name(certificate)}: cannot be used for signing ({_reason(exc)})"
        ) from exc


def _algorithm(certificate: Path, chain: bytes, key: Path, secret: bytes) -> str:
    """C2PA's name of the signature algorithm that fits the certificate.

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
        raise InputError(f"{printable_name(certificate)}: contains no PEM certificate") from exc
    try:
        private = load_pem_private_key(secret, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # Without its cause: that might quote the key.
        raise InputError(
            f"{printable_name(key)}: contains no PEM key, or one with a password"
        ) from None
    if private.public_key() != public:
        raise InputError(f"{printable_name(key)}: is not the key of {printable_name(certificate)}")
    if isinstance(public, ec.EllipticCurvePublicKey):
        return {256: "es256", 384: "es384", 521: "es512"}.get(public.curve.key_size, "es256")
    if isinstance(public, rsa.RSAPublicKey):
        return "ps256"
    if isinstance(public, ed25519.Ed25519PublicKey):
        return "ed25519"
    raise InputError(f"{printable_name(certificate)}: C2PA does not support keys of this kind")


def _pem(path: Path, kind: str) -> bytes:
    require_file(path, InputError, kind)
    if path.stat().st_size > _MAX_PEM_BYTES:
        raise InputError(f"{printable_name(path)}: is too large for a PEM file ({kind})")
    try:
        return path.read_bytes()
    except OSError as exc:
        raise InputError(f"{printable_name(path)}: cannot be read ({exc.strerror})") from exc


def _reason(error: Exception) -> str:
    return printable_name(" ".join(str(error).split()), 200)
