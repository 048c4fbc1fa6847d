"""The ffmpeg program: where it is, what it says about a clip, its last words when it fails.

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
_PATIENCE_S = 60
_STREAM = re.compile(r"Stream #0:\d+.*?: Video: (?P<codec>\w+).*?, (?P<pix_fmt>[a-z]\w+)[(,]")
_SOUND = re.compile(r"Stream #0:\d+.*?: Audio: (?P<codec>\w+)")
_SIZE = re.compile(r", (\d{1,6})x(\d{1,6})[ ,]")
_RATE = re.compile(r", ([\d.]+)(k?) fps")
_GUESSED_RATE = re.compile(r", ([\d.]+)(k?) tbr")
_PIXEL_SHAPE = re.compile(r"SAR (\d+):(\d+)")
_ROTATION = re.compile(r"rotation of (-?[\d.]+) degrees")
_DURATION = re.compile(r"Duration: (\d+):(\d+):([\d.]+)")
_COUNT = re.compile(r"frame=\s*(\d+)")
_END = re.compile(r"out_time_us=(\d+)")


@dataclass(frozen=True, slots=True)
class ClipInfo:
    """What a clip is.

    width, height: as shown, in pixels: turned upright, with square pixels. fps: average over the
    clip. frames: counted, not declared. duration_s: what the frames last. declared_s: what the
    file's index claims. metadata: the plain tags of the file. sound_codec: empty without sound.
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
    """A file with sound. duration_s: how long it plays, seconds. codec: such as "mp3"."""

    path: Path
    duration_s: float
    codec: str


def ffmpeg_program() -> str:
    """The ffmpeg binary: IMAGEIO_FFMPEG_EXE, else the one of imageio-ffmpeg, else the system's.

    Raises:
        EncodingError: there is none.
    """
    try:
        from imageio_ffmpeg import get_ffmpeg_exe

        return str(get_ffmpeg_exe())
    except (ImportError, RuntimeError) as exc:
        raise EncodingError(
            "ffmpeg is missing: type: pip install imageio-ffmpeg "
            "(or set IMAGEIO_FFMPEG_EXE to a binary)"
        ) from exc


def input_arguments(path: Path, containers: str = CONTAINERS) -> list[str]:
    """What makes ffmpeg open `path` as a file and a film, whatever its name or content suggest."""
    return [
        *("-protocol_whitelist", "file", "-format_whitelist", containers),
        *("-max_pixels", "40000000", "-i", f"file:{path}"),
    ]


def require_file(path: Path, error: type[NostalgiaError], kind: str = "clip") -> None:
    """Refuse what is no plain, filled file; pipes and devices would be waited for.

    kind: what it should be, for the message.

    Raises:
        NostalgiaError: of the class `error`.
    """
    said = printable_name(path)
    try:
        status = path.stat()
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or str(exc)
        raise error(f"{said}: cannot be opened ({reason}); check the name") from exc
    if not stat.S_ISREG(status.st_mode):
        raise error(f"{said}: is not a file; name a {kind}")
    if status.st_size == 0:
        raise error(f"{said}: the file is empty; copy it anew")


def last_words(spoken: str) -> str:
    """The last line that ffmpeg said, on one line and without addresses in memory."""
    lines = [line.strip() for line in spoken.splitlines() if line.strip()]
    return (
        re.sub(r"\[[^\]]* @ 0x[0-9a-f]+\] *", "", printable_name(lines[-1], 200))
        if lines
        else "no reason given"
    )


def probe_film(path: Path, error: type[NostalgiaError]) -> ClipInfo:
    """Describe an MP4, WebM or other film by reading all of it once, without decoding.

    Raises:
        NostalgiaError: of the class `error`, where it is no film or has no picture.
    """
    require_file(path, error)
    said = printable_name(path)
    arguments = ["-hide_banner", "-nostdin", "-stats_period", "60", *input_arguments(path)]
    arguments += ["-map", "0:v:0?", "-c", "copy", "-progress", "pipe:1", "-f", "null", "-"]
    spoken, progress = _ask([ffmpeg_program(), *arguments], said, error)
    sound = _SOUND.search(spoken)
    if "Input #0" not in spoken:
        raise error(
            f"{said}: not a clip that can be read ({last_words(spoken)}); give an MP4 or WebM"
        )
    line = next((part for part in spoken.splitlines() if ": Video: " in part), "")
    stream, size = _STREAM.search(line), _SIZE.search(line)
    if stream is None or size is None:
        raise error(
            f"{said}: there is no picture in it, or it cannot be decoded; give an MP4 or WebM"
        )
    frames = max([int(n) for n in _COUNT.findall(progress)], default=0)
    end_s = max([int(n) for n in _END.findall(progress)], default=0) / 1e6
    rate = _RATE.search(line) or _GUESSED_RATE.search(line)
    fps = float(rate[1]) * (1000 if rate[2] else 1) if rate else 25.0
    clock = _DURATION.search(spoken)
    declared = int(clock[1]) * 3600 + int(clock[2]) * 60 + float(clock[3]) if clock else end_s
    width, height = _shown_size(int(size[1]), int(size[2]), line, spoken)
    return ClipInfo(
        width=width,
        height=height,
        fps=fps,
        frames=frames,
        duration_s=end_s or frames / fps,
        codec=stream["codec"],
        pix_fmt=stream["pix_fmt"],
        declared_s=declared,
        metadata=MappingProxyType(_tags(path, said, error)),
        sound_codec=sound["codec"] if sound else "",
    )


def probe_sound(path: Path, error: type[NostalgiaError]) -> Sound:
    """Describe the first sound track of a file by reading all of it once, without decoding.

    Raises:
        NostalgiaError: of the class `error`, where there is no sound in it.
    """
    require_file(path, error, "sound file")
    said = printable_name(path)
    arguments = ["-hide_banner", "-nostdin", *input_arguments(path, SOUND_CONTAINERS)]
    arguments += ["-map", "0:a:0?", "-c", "copy", "-progress", "pipe:1", "-f", "null", "-"]
    spoken, progress = _ask([ffmpeg_program(), *arguments], said, error)
    sound = _SOUND.search(spoken)
    end_s = max([int(n) for n in _END.findall(progress)], default=0) / 1e6
    if sound is None or end_s <= 0:
        raise error(f"{said}: there is no sound in it; give an MP3, WAV, M4A, OGG or FLAC")
    return Sound(path, end_s, sound["codec"])


def _ask(command: list[str], said: str, error: type[NostalgiaError]) -> tuple[str, str]:
    """Run ffmpeg to its end. Returns: what it said (stderr) and what it wrote (stdout)."""
    try:
        done = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=_PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired as exc:
        raise error(
            f"{said}: could not be read within {_PATIENCE_S} seconds; give a shorter clip"
        ) from exc
    except OSError as exc:
        raise error(f"ffmpeg cannot be started ({exc.strerror}); set IMAGEIO_FFMPEG_EXE") from exc
    return done.stderr.decode("utf-8", "replace"), done.stdout.decode("utf-8", "replace")


def _shown_size(width: int, height: int, line: str, spoken: str) -> tuple[int, int]:
    shape = _PIXEL_SHAPE.search(line)
    if shape and int(shape[1]) and int(shape[2]):
        width = max(1, round(width * int(shape[1]) / int(shape[2])))
    turn = _ROTATION.search(spoken)
    if turn and abs(round(float(turn[1]) / 90)) % 2 == 1:
        width, height = height, width
    return width, height


def _tags(path: Path, said: str, error: type[NostalgiaError]) -> dict[str, str]:
    """The global metadata, from ffmpeg's own exchange format: escaped ``key=value`` lines."""
    arguments = [
        "-v",
        "error",
        "-nostdin",
        *input_arguments(path),
        "-fflags",
        "+bitexact",
        "-f",
        "ffmetadata",
        "-",
    ]
    _, text = _ask([ffmpeg_program(), *arguments], said, error)
    tags: dict[str, str] = {}
    for line in re.split(r"(?<!\\)\n", text):
        key, equals, value = line.partition("=")
        if line.startswith("["):
            break
        if equals and not line.startswith(";"):
            tags[key] = re.sub(r"\\(.|\n)", r"\1", value)
    return tags
