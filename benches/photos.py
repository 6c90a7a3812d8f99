#!/usr/bin/env python3
"""A blog of large photos: what cleaning, turning and measuring pictures costs.

  photos.py [--photos 200] [--runs 3] [--edits 9] [--install-pillow]

Makes JPEG photos of 12 megapixels as telephones write them, some 4 MB each, with camera, place and
a note which way up they are (every fourth stands on its side and has to be turned); one post each,
the picture beside it. Then it alternates a clean build with `cp -r` of its output (the floor), and
measures builds over what is there: unchanged, and after the words of one post were edited.

The photos are made with Pillow: from this Python, or with --install-pillow from a folder of its
own below target. Drawn with a fixed seed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from measure import (
    TARGET,
    Cost,
    Editor,
    Size,
    arguments,
    as_json,
    check_program,
    differences,
    facts,
    mb,
    median,
    need_room,
    note,
    print_facts,
    ratio,
    remove,
    run,
    seconds,
    size_of,
    snapshot,
    spread,
    table,
    virtual_environment,
    workplace,
    written,
)

PILLOW = "Pillow>=11,<13"
WIDTH, HEIGHT = 4000, 3000
BYTES_A_PHOTO = 20_000_000
# Runs in the Python that has Pillow: folder, number of photos, width, height, seed.
DRAW = """
import random, sys
from pathlib import Path
from PIL import Image

folder, count, width, height, seed = Path(sys.argv[1]), *map(int, sys.argv[2:])
rng = random.Random(seed)
def noise(w, h):
    return Image.frombytes("RGB", (w, h), rng.randbytes(3 * w * h))
# Grain of the sensor, one for all: what makes a photo of this size some 4 MB.
grain = noise(width // 2, height // 2).resize((width, height), Image.Resampling.BICUBIC)
for number in range(count):
    shapes = noise(24, 18).resize((width // 4, height // 4), Image.Resampling.BICUBIC)
    photo = Image.blend(shapes.resize((width, height)), grain, 0.2)
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Example", "Telephone"
    exif[0x0112] = 6 if number % 4 == 3 else 1
    exif.get_ifd(0x8825).update({1: "N", 2: (41.0, 8.0, 30.0), 3: "W", 4: (8.0, 36.0, 0.0)})
    post = folder / f"photo-{number:04d}"
    post.mkdir(parents=True)
    photo.save(post / "photo.jpg", quality=88, exif=exif)
"""


def python_with_pillow(install: bool) -> Path:
    if install:
        return virtual_environment("pillow", PILLOW) / "bin/python"
    for python in (TARGET / "pillow/bin/python", Path(sys.executable)):
        if python.exists():
            done = subprocess.run([python, "-c", "import PIL"], capture_output=True, check=False)
            if done.returncode == 0:
                return python
    sys.exit("no Pillow: install it for this Python, or call again with --install-pillow")


def make_site(site: Path, count: int, seed: int, python: Path) -> None:
    photos = site / "content/photos"
    photos.mkdir(parents=True)
    (site / "lanai.toml").write_text('title = "Bench"\nurl = "https://example.com"\n', "utf-8")
    note(f"drawing {count} photos")
    run([python, "-c", DRAW, photos, count, WIDTH, HEIGHT, seed])
    for number in range(count):
        text = (
            f"---\ndate: 2024-01-01T{number // 60 % 24:02d}:{number % 60:02d}:00Z\n"
            f'photo: [{{src: photo.jpg, alt: "Photo {number}"}}]\n---\n\nSome words about it.\n'
        )
        (photos / f"photo-{number:04d}/index.md").write_text(text, "utf-8")


def measure(site: Path, options: object) -> tuple[dict[str, list[Cost]], dict[str, Size]]:
    command = [options.lanai, "build", site]
    output, copy = site / "public", site.parent / "copy"
    costs: dict[str, list[Cost]] = {"clean": [], "floor": [], "unchanged": [], "edited": []}
    sizes: dict[str, Size] = {}
    for turn in range(options.runs):
        if turn and time.monotonic() > options.end:
            break
        note(f"clean build {turn + 1}")
        remove(output, site / ".lanai", copy)
        costs["clean"].append(run(command))
        costs["floor"].append(run(["cp", "-r", output, copy]))
    remove(copy)
    sizes["clean"] = sizes["floor"] = size_of(output)
    editor = Editor(options.seed)
    for case in ("unchanged", "edited"):
        for turn in range(options.edits):
            if turn and time.monotonic() > options.end:
                note(f"{case}: the time is up after {turn} builds")
                break
            before = snapshot(output) if turn == 0 else None
            if case == "edited":
                editor.edit(site / f"content/photos/photo-{options.photos // 2:04d}/index.md")
            costs[case].append(run(command))
            if before is not None:
                sizes[case] = written(before, output)
    return costs, sizes


def same_as_clean(site: Path, lanai: Path) -> list[str]:
    edited = site.parent / "edited"
    (site / "public").rename(edited)
    remove(site / ".lanai")
    run([lanai, "build", site])
    return differences(edited, site / "public")


def print_results(costs: dict[str, list[Cost]], sizes: dict[str, Size]) -> None:
    names = {
        "clean": "clean build",
        "floor": "`cp -r` of the output",
        "unchanged": "nothing changed",
        "edited": "the words of one post edited",
    }
    clean = median(costs["clean"])
    rows = []
    for case, name in names.items():
        cost, size = median(costs[case]), sizes[case]
        peak = "" if case == "floor" else mb(cost.peak)
        wall = f"{seconds(cost.wall)} ({spread(costs[case])})"
        wrote = [f"{size.files:,}", mb(size.bytes), ratio(cost.wall, clean.wall)]
        rows.append([name, wall, seconds(cost.cpu), peak, *wrote])
    heads = ["", "wall", "CPU", "peak memory", "files written", "bytes written", "to clean build"]
    print(table(heads, rows))


def main() -> int:
    parser = arguments(__doc__, "/dev/shm/lanai-bench")
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3, help="clean builds")
    parser.add_argument("--edits", type=int, default=9, help="second builds of each kind")
    parser.add_argument("--minutes", type=float, default=30, help="no second turns after these")
    parser.add_argument("--install-pillow", action="store_true", help="get Pillow from PyPI")
    options = parser.parse_args()
    options.lanai = check_program(options.lanai)
    options.end = time.monotonic() + options.minutes * 60
    python = python_with_pillow(options.install_pillow)
    with workplace(options.work, "photos") as work:
        need_room(work, options.photos * BYTES_A_PHOTO)
        said = facts(work, options.lanai)
        print_facts(said)
        site = work / "site"
        make_site(site, options.photos, options.seed, python)
        photos = size_of(site / "content")
        print(f"{options.photos} photos of {WIDTH} by {HEIGHT} pixels, {mb(photos.bytes)}\n")
        costs, sizes = measure(site, options)
        print_results(costs, sizes)
        different = same_as_clean(site, options.lanai)
    if different:
        print(f"{len(different)} files differ from a clean build: {', '.join(different[:10])}")
    else:
        print("After all edits the output is byte for byte that of a clean build.")
    if options.json:
        cases = {case: as_json(costs[case]) | {"files": asdict(sizes[case])} for case in costs}
        text = json.dumps({"machine": said, "photos": options.photos, "cases": cases}, indent=1)
        options.json.write_text(text + "\n", "utf-8")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
