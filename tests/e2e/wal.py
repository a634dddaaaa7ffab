"""SQLite's write-ahead log format, as far as the tests make or read logs themselves."""

import struct

HEADER = 32
FRAME_HEADER = 24
MAGIC_LITTLE, MAGIC_BIG = 0x377F0682, 0x377F0683


def checksum(data, sums, order):
    first, second = sums
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for position in range(0, len(words), 2):
        first = (first + words[position] + second) & 0xFFFFFFFF
        second = (second + words[position + 1] + first) & 0xFFFFFFFF
    return first, second


def resum_big_endian(path):
    """Rewrites a log with checksums over big-endian words."""
    with open(path, "rb") as file:
        data = bytearray(file.read())
    struct.pack_into(">I", data, 0, MAGIC_BIG)
    sums = checksum(data[:24], (0, 0), ">")
    struct.pack_into(">II", data, 24, *sums)
    salts = data[16:24]
    size = FRAME_HEADER + struct.unpack_from(">I", data, 8)[0]
    for at in range(HEADER, len(data) - size + 1, size):
        if data[at + 8:at + 16] != salts:
            break
        sums = checksum(data[at:at + 8], sums, ">")
        sums = checksum(data[at + FRAME_HEADER:at + size], sums, ">")
        struct.pack_into(">II", data, at + 16, *sums)
    with open(path, "wb") as file:
        file.write(data)


def commits(path):
    """(frames up to and with it, database size) of every commit frame."""
    with open(path, "rb") as file:
        data = file.read()
    size = FRAME_HEADER + struct.unpack_from(">I", data, 8)[0]
    found = []
    for number, at in enumerate(range(HEADER, len(data) - size + 1, size), 1):
        pages = struct.unpack_from(">I", data, at + 4)[0]
        if data[at + 8:at + 16] == data[16:24] and pages:
            found.append((number, pages))
    return found
