"""The ffmpeg program: its path, its description of a clip, and its reason for failing.

The binary comes with imageio-ffmpeg, which has no ffprobe, so clips are described by what ffmpeg
prints about them. Only plain files and film containers are opened: playlists could lead elsewhere.
"""

import re
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from nostalgia.errors import EncodingError, NostalgiaError
from nostalgia.files import printable_name

CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,h264,hevc"
SOUND_CONTAINERS = f"{CONTAINERS},mp3,wav,w64,flac,aac,aiff,caf,amr,au,wv,ac3"
_TIMEOUT_S = 60
_DEFAULT_FPS = 25.0
_VIDEO = re.compile(r"Stream #0:\d+.*?: Video: (?P<codec>\w+).*?, (?P<pix_fmt>[a-z]\w+)[(,]")
_SOUND = re.compile(r"Stream #0:\d+.*?: Audio: (?P<codec>\w+)")
_SIZE = re.compile(r", (\d{1,6})x(\d{1,6})[ ,]")
_RATE = re.compile(r", ([\d.]+)(k?) fps")
_GUESSED_RATE = re.compile(r", ([\d.]+)(k?) tbr")
_PIXEL_ASPECT = re.compile(r"SAR (\d+):(\d+)")
_ROTATION = re.compile(r"rotation of (-?[\d.]+) degrees")
_DURATION = re.compile(r"Duration: (\d+):(\d+):([\d.]+)")
_TIME_BASE = re.compile(r"^#tb 0: (\d+)/(\d+)", re.MULTILINE)
_PACKET = re.compile(r"^0, +-?\d+, +(-?\d+), +(\d+),", re.MULTILINE)
_ADDRESS = re.compile(r"\[[^\]]* @ 0x[0-9a-f]+\] *")


@dataclass(frozen=True, slots=True)
class ClipInfo:
    """Description of a clip.

    width, height: as shown, in pixels: rotated upright, with square pixels. fps: average over the
    clip. frames: counted, not declared. duration_s: length of the frames found. declared_s: as the
    file's index claims. metadata: plain tags of the file. sound_codec: empty without sound.
    """

    width: int
    height: int
    fps: float
    frames: int
    duration_s: float
    codec: str
    pix_fmt: str
    declared_s: float = 0.0
    metadata: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    sound_codec: str = ""


@dataclass(frozen=True, slots=True)
class Sound:
    """A file with sound. duration_s: its length in seconds. codec: such as "mp3"."""

    path: Path
    duration_s: float
    codec: str


def ffmpeg_program() -> str:
    """Path of ffmpeg: IMAGEIO_FFMPEG_EXE, else that of imageio-ffmpeg, else the system's.

    Raises:
        EncodingError: there is none.
    """
    try:
        from imageio_ffmpeg import get_ffmpeg_exe

        return str(get_ffmpeg_exe())
    except (ImportError, RuntimeError) as exc:
        raise EncodingError(
            "ffmpeg is missing; run: pip install imageio-ffmpeg "
            "(or set IMAGEIO_FFMPEG_EXE to a binary)"
        ) from exc


def input_arguments(path: Path, containers: str = CONTAINERS) -> list[str]:
    """Arguments that make ffmpeg open `path` as a file of these containers, whatever its name."""
    return [
        *("-protocol_whitelist", "file", "-format_whitelist", containers),
        *("-max_pixels", "40000000", "-i", f"file:{path}"),
    ]


def require_file(path: Path, error: type[NostalgiaError], kind: str = "clip") -> None:
    """Refuse anything but a regular file with content; a pipe or a device may never end.

    kind: kind of file that is expected, for the message.

    Raises:
        NostalgiaError: of the class `error`.
    """
    name = printable_name(path)
    try:
        status = path.stat()
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or str(exc)
        raise error(f"{name}: cannot be opened ({reason}); check the name") from exc
    if not stat.S_ISREG(status.st_mode):
        raise error(f"{name}: is not a file; name a {kind}")
    if status.st_size == 0:
        raise error(f"{name}: the file is empty; copy it again")


def failure_reason(log: str) -> str:
    """Last line of ffmpeg's log, as one harmless line without memory addresses."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    return _ADDRESS.sub("", printable_name(lines[-1], 200)) if lines else "no reason given"


def probe_film(path: Path, error: type[NostalgiaError]) -> ClipInfo:
    """Describe an MP4, WebM or other film by reading all of it once, without decoding.

    Raises:
        NostalgiaError: of the class `error`, if it is not a film or has no picture.
    """
    require_file(path, error)
    name = printable_name(path)
    log, packets = _read_through(path, "v", error)
    if "Input #0" not in log:
        raise error(f"{name}: not a readable clip ({failure_reason(log)}); give an MP4 or WebM")
    line = next((each for each in log.splitlines() if ": Video: " in each), "")
    stream, size = _VIDEO.search(line), _SIZE.search(line)
    if stream is None or size is None:
        raise error(f"{name}: contains no video that can be decoded; give an MP4 or WebM")
    frames = len(_PACKET.findall(packets))
    end_s, fps = _end_s(packets), _fps(line)
    sound = _SOUND.search(log)
    width, height = _shown_size(int(size[1]), int(size[2]), line, log)
    return ClipInfo(
        width=width,
        height=height,
        fps=fps,
        frames=frames,
        duration_s=end_s or frames / fps,
        codec=stream["codec"],
        pix_fmt=stream["pix_fmt"],
        declared_s=_declared_s(log, end_s),
        metadata=MappingProxyType(_tags(path, error)),
        sound_codec=sound["codec"] if sound else "",
    )


def probe_sound(path: Path, error: type[NostalgiaError]) -> Sound:
    """Describe the first sound track of a file by reading all of it once, without decoding.

    Raises:
        NostalgiaError: of the class `error`, if it has no sound.
    """
    require_file(path, error, "sound file")
    log, packets = _read_through(path, "a", error, SOUND_CONTAINERS)
    sound, end_s = _SOUND.search(log), _end_s(packets)
    if sound is None or end_s <= 0:
        raise error(
            f"{printable_name(path)}: contains no sound; give an MP3, WAV, M4A, OGG or FLAC"
        )
    return Sound(path, end_s, sound["codec"])


def _read_through(
    path: Path, stream: str, error: type[NostalgiaError], containers: str = CONTAINERS
) -> tuple[str, str]:
    """Let ffmpeg list the packets of the first stream of a kind ("v" or "a").

    Returns: its log, and a line for each packet. Its own count of frames is not used: before
    version 7.1 it counts none that are copied.
    """
    arguments = ["-hide_banner", "-nostdin", "-nostats", *input_arguments(path, containers)]
    arguments += ["-map", f"0:{stream}:0?", "-c", "copy", "-f", "framecrc", "-"]
    return _run(arguments, printable_name(path), error)


def _run(arguments: list[str], name: str, error: type[NostalgiaError]) -> tuple[str, str]:
    """Run ffmpeg to its end. Returns: its log (stderr) and its output (stdout)."""
    try:
        done = run_ffmpeg(arguments, error)
    except subprocess.TimeoutExpired as exc:
        raise error(
            f"{name}: could not be read within {_TIMEOUT_S} seconds; give a shorter clip"
        ) from exc
    return done.stderr.decode("utf-8", "replace"), done.stdout.decode("utf-8", "replace")


def run_ffmpeg(
    arguments: list[str], error: type[NostalgiaError], content: bytes | memoryview = b""
) -> subprocess.CompletedProcess[bytes]:
    """Run ffmpeg to its end, whether it succeeds or not.

    content: bytes for its standard input; a one-dimensional view of a large array is not copied.

    Raises:
        NostalgiaError: of the class `error`: it cannot be started.
        subprocess.TimeoutExpired: it does not end within a minute.
    """
    try:
        return subprocess.run(
            [ffmpeg_program(), *arguments],
            capture_output=True,
            input=content,
            timeout=_TIMEOUT_S,
            check=False,
            start_new_session=True,  # Ctrl-C is for us, who end it
        )
    except OSError as exc:
        raise error(f"ffmpeg cannot be started ({exc.strerror}); set IMAGEIO_FFMPEG_EXE") from exc


def _end_s(packets: str) -> float:
    """End of the last packet in seconds; 0 without packets, or if they have no times."""
    unit = _TIME_BASE.search(packets)
    ends = [int(start) + int(length) for start, length in _PACKET.findall(packets)]
    return max(0, *ends) * int(unit[1]) / int(unit[2]) if unit and ends else 0.0


def _fps(line: str) -> float:
    rate = _RATE.search(line) or _GUESSED_RATE.search(line)
    return float(rate[1]) * (1000 if rate[2] else 1) if rate else _DEFAULT_FPS


def _declared_s(log: str, default: float) -> float:
    clock = _DURATION.search(log)
    return int(clock[1]) * 3600 + int(clock[2]) * 60 + float(clock[3]) if clock else default


def _shown_size(width: int, height: int, line: str, log: str) -> tuple[int, int]:
    """Size as shown: with square pixels, rotated upright."""
    aspect = _PIXEL_ASPECT.search(line)
    if aspect and int(aspect[1]) and int(aspect[2]):
        width = max(1, round(width * int(aspect[1]) / int(aspect[2])))
    rotation = _ROTATION.search(log)
    if rotation and abs(round(float(rotation[1]) / 90)) % 2 == 1:
        width, height = height, width
    return width, height


def _tags(path: Path, error: type[NostalgiaError]) -> dict[str, str]:
    """Global metadata, from ffmpeg's own exchange format: escaped ``key=value`` lines."""
    arguments = ["-v", "error", "-nostdin", *input_arguments(path)]
    arguments += ["-fflags", "+bitexact", "-f", "ffmetadata", "-"]
    _, text = _run(arguments, printable_name(path), error)
    tags: dict[str, str] = {}
    for line in re.split(r"(?<!\\)\n", text):
        if line.startswith("["):
            break
        key, equals, value = line.partition("=")
        if equals and not line.startswith(";"):
            tags[key] = re.sub(r"\\(.|\n)", r"\1", value)
    return tags
