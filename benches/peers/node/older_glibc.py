"""Makes the addon of µWebSockets loadable on a glibc older than 2.38.

The addon requires three functions of glibc 2.38, which are older functions under new names. This script marks the
addon's requirement of that version as weak, and compiles isoc23.c, which defines the functions and must be preloaded.
"""

import ctypes
import platform
import struct
import subprocess
import sys
from pathlib import Path

SHT_GNU_VERNEED = 0x6FFFFFFE
VER_FLG_WEAK = 2
VERSION = b"GLIBC_2.38"


def weaken(path):
    """Marks the requirement of VERSION as weak in a little-endian 64-bit ELF file."""
    elf = bytearray(path.read_bytes())
    (table,) = struct.unpack_from("<Q", elf, 0x28)
    size, count = struct.unpack_from("<HH", elf, 0x3A)
    sections = [struct.unpack_from("<IIQQQQIIQQ", elf, table + number * size) for number in range(count)]
    for _, kind, _, _, start, _, link, entries, _, _ in sections:
        if kind != SHT_GNU_VERNEED:
            continue
        strings, need = sections[link][4], start
        for _ in range(entries):
            _, versions, _, first, following = struct.unpack_from("<HHIII", elf, need)
            version = need + first
            for _ in range(versions):
                _, flags, _, name, after = struct.unpack_from("<IHHII", elf, version)
                end = elf.index(0, strings + name)
                if elf[strings + name : end] == VERSION:
                    struct.pack_into("<H", elf, version + 4, flags | VER_FLG_WEAK)
                version += after
            need += following
    path.write_bytes(elf)


def is_needed():
    gnu_get_libc_version = ctypes.CDLL(None).gnu_get_libc_version
    gnu_get_libc_version.restype = ctypes.c_char_p
    return tuple(map(int, gnu_get_libc_version().split(b"."))) < (2, 38)


def prepare(modules):
    """Prepares the addon. Returns the path of the library to preload, or None if none is needed."""
    if platform.machine() != "x86_64" or not is_needed():
        return None
    for addon in (modules / "@btc-vision/uwebsockets.js").glob("uws_linux_x64_*.node"):
        weaken(addon)
    library = modules / "isoc23.so"
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, Path(__file__).with_name("isoc23.c")], check=True)
    return library


if __name__ == "__main__":
    print(prepare(Path(sys.argv[1])) or "")
