#!/usr/bin/env python3
"""rescue.py FILE.snap   prints the rows of a Rollcall snapshot as COPY text, without Rollcall.

Needs Python 3.8 and the zstd program, nothing else. The format is in snapshot-format.md; this is its second
implementation and shares no code with the first.

    rescue.py FILE.snap >rows.tsv               every column, NULL as \\N
    rescue.py --columns id,name FILE.snap       only these, in this order
    rescue.py --info FILE.snap                  what the file is, as JSON
    psql -c "\\copy t (id, name) from rows.tsv"  to load them again

Every row is printed as soon as it is read. Exit status 1 and a line on stderr when the file is damaged; what
was printed before is good. --keep-going leaves damaged row groups out and says how many rows they had.
"""
import argparse
import json
import signal
import struct
import subprocess
import sys
from fractions import Fraction

HEADER, DIRECTORY, TRAILER = 0x184D2A50, 0x184D2A51, 0x184D2A52
NULL = 0xFFFFFFFF


class Damaged(Exception):
    pass


# -- the container ----------------------------------------------------------------------------------------------------
class Wire:
    """Little-endian numbers and length-prefixed texts, with every bound checked."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        if n > len(self.data) - self.at:
            raise Damaged("a part is shorter than it says")
        self.at += n
        return self.data[self.at - n:self.at]

    def number(self, width):
        return int.from_bytes(self.take(width), "little")

    def text(self):
        return self.take(self.number(4)).decode("utf-8", "surrogateescape")


def zstd(stored, plain_len):
    """Decompresses one or more frames; the program verifies their checksums."""
    done = subprocess.run(["zstd", "-dcq"], input=stored, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0 or len(done.stdout) != plain_len:
        raise Damaged("zstd: " + (done.stderr.decode(errors="replace").strip() or "wrong length"))
    return done.stdout


def skippable(frame, magic):
    if len(frame) < 8 or struct.unpack("<II", frame[:8]) != (magic, len(frame) - 8):
        raise Damaged("a skippable frame is not where it should be")
    return frame[8:]


class Snapshot:
    def __init__(self, path):
        self.file = open(path, "rb")
        size = self.file.seek(0, 2)
        if size < 64:
            raise Damaged("too short for a snapshot")
        trailer = skippable(self.read(size - 56, 56), TRAILER)
        footer_at, footer_len, _, _, version, magic = struct.unpack("<QQQQQ8s", trailer)
        if magic != b"PANSLLOR":
            raise Damaged("no trailer: this is not a whole snapshot")
        if version != 1:
            raise Damaged("format %d is not known here" % version)
        header_len = 8 + struct.unpack("<I", self.read(4, 4))[0]
        self.read_header(skippable(self.read(0, header_len), HEADER))
        frame = self.read(footer_at, footer_len)
        self.read_footer(zstd(frame, frame_content_size(frame)))

    def read(self, offset, length):
        self.file.seek(offset)
        data = self.file.read(length)
        if len(data) != length:
            raise Damaged("a part lies outside the file")
        return data

    def read_header(self, payload):
        wire = Wire(payload)
        if wire.take(8) != b"ROLLSNAP" or wire.number(4) != 1:
            raise Damaged("the header is damaged")
        self.info = {"created_us": wire.number(8)}
        for _ in range(wire.number(4)):
            name = wire.text()
            self.info[name] = wire.text()
        self.columns = []
        for _ in range(wire.number(4)):
            column = {key: wire.text() for key in ("name", "type", "form", "collation")}
            column["number"] = wire.number(1)
            flags = wire.number(1)
            column["tagged"] = bool(flags & 1)
            column["not_null"] = bool(flags & 2)
            column["generated"] = bool(flags & 4)
            column["identity"] = bool(flags & 8)
            column["key_place"] = wire.number(4)
            self.columns.append(column)

    def read_footer(self, plain):
        wire = Wire(plain)
        self.groups = []
        for _ in range(wire.number(8)):
            group = dict(zip(("offset", "directory", "frames", "rows"),
                             struct.unpack("<QIII", wire.take(20))))
            wire.take(1 + 8 + 8 + 16 + 8)  # key range, sum, hash of the directory
            self.groups.append(group)
        self.rows, self.plain_bytes, _ = struct.unpack("<QQQ", wire.take(24))

    def group_rows(self, group):
        """The rows of one group: lists of cells, bytes or None."""
        directory = Wire(skippable(self.read(group["offset"], group["directory"]), DIRECTORY))
        rows, n_columns = directory.number(4), directory.number(4)
        if rows != group["rows"] or n_columns != len(self.columns):
            raise Damaged("a directory does not fit the footer")
        frames = [struct.unpack("<IIQ", directory.take(16)) for _ in range(n_columns)]
        stored = self.read(group["offset"] + group["directory"], group["frames"])
        plain = Wire(zstd(stored, sum(frame[1] for frame in frames)))
        columns = [decode_column(plain.take(frame[1]), rows, column)
                   for frame, column in zip(frames, self.columns)]
        for _ in range(directory.number(4)):
            row, column, length = struct.unpack("<IIQ", directory.take(16))
            parts = [struct.unpack("<QIIQ", directory.take(24)) for _ in range((length + (4 << 20) - 1) >> 22)]
            value = b"".join(zstd(self.read(at, kept), full) for at, kept, full, _ in parts)
            columns[column][row] += value
        return zip(*columns)


def frame_content_size(frame):
    """RFC 8878, 3.1.1.1: Rollcall always writes it."""
    if len(frame) < 6 or frame[:4] != b"\x28\xb5\x2f\xfd":
        raise Damaged("the footer is not a zstd frame")
    descriptor = frame[4]
    single, kind = descriptor >> 5 & 1, descriptor >> 6
    at = 5 + (0 if single else 1) + (0, 1, 2, 4)[descriptor & 3]
    width = (1 if single else 0, 2, 4, 8)[kind]
    return int.from_bytes(frame[at:at + width], "little") + (256 if width == 2 else 0)


def planes(data, n, width):
    """Byte planes back to cells."""
    return [data[i::n] for i in range(n)] if n else []


def decode_deltas(data, n, width, number):
    order, value, mask, cells = "big" if number in (1, 2) else "little", 0, (1 << 8 * width) - 1, []
    for cell in planes(data, n, width):
        zigzag = int.from_bytes(cell, "little")
        value = (value + ((zigzag >> 1) ^ -(zigzag & 1))) & mask
        cells.append(value.to_bytes(width, order))
    return cells


def decode_column(plain, rows, column):
    wire = Wire(plain)
    shape = wire.number(1)
    width_class, form = shape >> 2 & 3, shape >> 4
    is_null = [False] * rows
    if shape & 1:
        bitmap = wire.take((rows + 7) // 8)
        is_null = [bool(bitmap[i // 8] >> i % 8 & 1) for i in range(rows)]
    n = rows - sum(is_null)
    tags = b""
    if column["tagged"] and n:
        tags = wire.take(n) if shape & 2 else wire.take(1) * n
    if width_class == 0:
        lengths = [wire.number(4)] * n
    else:
        width = (0, 1, 2, 4)[width_class]
        lengths = [int.from_bytes(cell, "little") for cell in planes(wire.take(n * width), n, width)]
    total = sum(lengths)
    if form == 3:
        cells = [wire.take(lengths[0])] * n
    elif form == 2:
        cells = decode_deltas(wire.take(total), n, lengths[0], column["number"])
    elif form == 1:
        cells = planes(wire.take(total), n, lengths[0])
    elif form == 0:
        cells = [wire.take(length) for length in lengths]
    else:
        raise Damaged("a column frame has an unknown form")
    if wire.at != len(plain):
        raise Damaged("a column frame has bytes left over")
    if column["tagged"]:
        cells = [tags[i:i + 1] + cell for i, cell in enumerate(cells)]
    remaining = iter(cells)
    return [None if null else next(remaining) for null in is_null]


def reads_back(text, code, cell):
    try:
        return struct.pack(code, float(text)) == cell
    except OverflowError:
        return False


# -- cells to text: PostgreSQL ----------------------------------------------------------------------------------------
def is_halfway(text, code, cell):
    """The decimal lies exactly between two floats: PostgreSQL then writes one digit more."""
    bits = int.from_bytes(cell, "big") & ~(1 << 8 * len(cell) - 1)
    here = Fraction(struct.unpack(code, bits.to_bytes(len(cell), "big"))[0])
    for other in (bits - 1, bits + 1):
        there = struct.unpack(code, other.to_bytes(len(cell), "big"))[0]
        if there != float("inf") and Fraction(text.lstrip("-")) * 2 == here + Fraction(there):
            return True
    return False


def pg_float(cell):
    """The shortest digits that read back, placed as PostgreSQL places them."""
    code, digits_max = (">f", 6) if len(cell) == 4 else (">d", 15)
    value = struct.unpack(code, cell)[0]
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "-0" if cell[0] & 0x80 else "0"
    for precision in range(17):
        text = "%.*e" % (precision, value)
        if reads_back(text, code, cell) and not is_halfway(text, code, cell):
            break
    mantissa, exponent = text.split("e")
    sign, digits, exponent = "-" if value < 0 else "", mantissa.lstrip("-").replace(".", ""), int(exponent)
    digits = digits.rstrip("0") or "0"
    if -4 <= exponent < digits_max:
        if exponent < 0:
            return sign + "0." + "0" * (-exponent - 1) + digits
        whole = digits[:exponent + 1].ljust(exponent + 1, "0")
        return sign + whole + ("." + digits[exponent + 1:] if len(digits) > exponent + 1 else "")
    return "%s%s%se%s%02d" % (sign, digits[0], "." + digits[1:] if len(digits) > 1 else "",
                              "-" if exponent < 0 else "+", abs(exponent))


def pg_numeric(cell):
    n, weight, sign, scale = struct.unpack(">hhHH", cell[:8])
    if sign in (0xC000, 0xD000, 0xF000):
        return {0xC000: "NaN", 0xD000: "Infinity", 0xF000: "-Infinity"}[sign]
    digits = struct.unpack(">%dh" % n, cell[8:])
    whole = "".join("%04d" % (digits[i] if 0 <= i < n else 0) for i in range(0, weight + 1))
    behind = "".join("%04d" % (digits[i] if 0 <= i < n else 0)
                     for i in range(weight + 1, weight + 1 + (scale + 3) // 4))[:scale]
    return ("-" if sign == 0x4000 else "") + (whole.lstrip("0") or "0") + ("." + behind if scale else "")


def civil(days):
    """Days since 2000-01-01 to (year, month, day) of the proleptic Gregorian calendar, any year."""
    days += 730425  # 0000-03-01 to 2000-01-01
    era, of_era = divmod(days, 146097)
    year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    return (year + era * 400 + (month >= 10), month + 3 if month < 10 else month - 9,
            of_year - (153 * month + 2) // 5 + 1)


def date_text(days):
    year, month, day = civil(days)
    return "%04d-%02d-%02d" % (year if year > 0 else 1 - year, month, day), "" if year > 0 else " BC"


def clock_text(us):
    seconds, us = divmod(us, 1000000)
    text = "%02d:%02d:%02d" % (seconds // 3600, seconds // 60 % 60, seconds % 60)
    return text + (".%06d" % us).rstrip("0") if us else text


def pg_date(cell):
    days = struct.unpack(">i", cell)[0]
    if days in (-2**31, 2**31 - 1):
        return "-infinity" if days < 0 else "infinity"
    return "".join(date_text(days))


def pg_timestamp(cell, zone=""):
    us = struct.unpack(">q", cell)[0]
    if us in (-2**63, 2**63 - 1):
        return "-infinity" if us < 0 else "infinity"
    days, rest = divmod(us, 86400000000)
    date, era = date_text(days)
    return date + " " + clock_text(rest) + zone + era


def zone_text(west):
    sign, east = ("-", west) if west > 0 else ("+", -west)
    hours, minutes, seconds = east // 3600, east // 60 % 60, east % 60
    return "%s%02d" % (sign, hours) + (":%02d" % minutes if minutes or seconds else "") + \
        (":%02d" % seconds if seconds else "")


def pg_timetz(cell):
    us, west = struct.unpack(">qi", cell)
    return clock_text(us) + zone_text(west)


def pg_interval(cell):
    us, days, months = struct.unpack(">qii", cell)
    if (us, days, months) in ((2**63 - 1, 2**31 - 1, 2**31 - 1), (-2**63, -2**31, -2**31)):
        return "infinity" if us > 0 else "-infinity"
    years, months = int(months / 12), months - 12 * int(months / 12)
    parts, before_negative = [], False
    for number, unit in ((years, "year"), (months, "mon"), (days, "day")):
        if number:
            plus = "+" if before_negative and number > 0 else ""
            parts.append("%s%d %s%s" % (plus, number, unit, "" if number == 1 else "s"))
            before_negative = number < 0
    if us or not parts:
        sign = "-" if us < 0 else "+" if before_negative else ""
        parts.append(sign + clock_text(abs(us)))
    return " ".join(parts)


def pg_bits(cell):
    n = struct.unpack(">i", cell[:4])[0]
    return "".join("{:08b}".format(byte) for byte in cell[4:])[:n]


def pg_inet(cell):
    import ipaddress
    family, bits, is_cidr, n = cell[:4]
    address = ipaddress.ip_address(cell[4:4 + n])
    full = 32 if family == 2 else 128
    return "%s/%d" % (address, bits) if is_cidr or bits != full else str(address)


def pg_uuid(cell):
    text = cell.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def pg_points(cell):
    return ["(%s,%s)" % (pg_float(cell[i:i + 8]), pg_float(cell[i + 8:i + 16])) for i in range(0, len(cell), 16)]


def quoted(text, special):
    if text == "" or text.upper() == "NULL" or any(c in special or c.isspace() for c in text):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return text


def pg_array(cell, element):
    dimensions, has_null, _ = struct.unpack(">iiI", cell[:12])
    sizes = [struct.unpack(">ii", cell[12 + 8 * i:20 + 8 * i]) for i in range(dimensions)]
    at = 12 + 8 * dimensions
    convert, comma = PG[element], ";" if element == "box" else ","

    def level(depth):
        nonlocal at
        items = []
        for _ in range(sizes[depth][0]):
            if depth + 1 < dimensions:
                items.append(level(depth + 1))
                continue
            length = struct.unpack(">i", cell[at:at + 4])[0]
            at += 4
            if length < 0:
                items.append("NULL")
                continue
            items.append(quoted(convert(cell[at:at + length]), '{}"\\' + comma))
            at += length
        return "{" + comma.join(items) + "}"

    if dimensions == 0:
        return "{}"
    bounds = "".join("[%d:%d]" % (low, low + n - 1) for n, low in sizes)
    return (bounds + "=" if any(low != 1 for _, low in sizes) else "") + level(0)


def pg_range(cell, element):
    flags, at, texts = cell[0], 1, []
    if flags & 1:
        return "empty"
    for infinite in (flags & 8, flags & 16):
        if infinite:
            texts.append("")
            continue
        length = struct.unpack(">i", cell[at:at + 4])[0]
        text = PG[element](cell[at + 4:at + 4 + length])
        texts.append(quoted(text, '()[],"\\') if text else '""')
        at += 4 + length
    return ("[" if flags & 2 else "(") + texts[0] + "," + texts[1] + ("]" if flags & 4 else ")")


def utf8(cell):
    return cell.decode("utf-8", "surrogateescape")


def signed(cell):
    return str(int.from_bytes(cell, "big", signed=True))


PG = {
    "bool": lambda c: "t" if c[0] else "f",
    "int2": signed, "int4": signed, "int8": signed,
    "oid": lambda c: str(int.from_bytes(c, "big")),
    "float4": pg_float, "float8": pg_float, "numeric": pg_numeric,
    "text": utf8, "bytea": lambda c: "\\x" + c.hex(),
    "jsonb": lambda c: utf8(c[1:]), "uuid": pg_uuid,
    "date": pg_date, "time": lambda c: clock_text(struct.unpack(">q", c)[0]), "timetz": pg_timetz,
    "timestamp": pg_timestamp, "timestamptz": lambda c: pg_timestamp(c, "+00"), "interval": pg_interval,
    "bit": pg_bits, "varbit": pg_bits, "inet": pg_inet, "cidr": pg_inet, "macaddr": lambda c: c.hex(":"), "macaddr8": lambda c: c.hex(":"),
    "point": lambda c: pg_points(c)[0], "lseg": lambda c: "[" + ",".join(pg_points(c)) + "]",
    "box": lambda c: ",".join(pg_points(c)),
    "circle": lambda c: "<%s,%s>" % (pg_points(c[:16])[0], pg_float(c[16:])),
}


# -- cells to text: MySQL, SQLite -------------------------------------------------------------------------------------
def shortest(cell, code):
    value = struct.unpack(code, cell)[0]
    for precision in range(1, 18):
        text = "%.*g" % (precision, value)
        if reads_back(text, code, cell):
            break
    return text


def my_datetime(cell):
    year, month, day, hour, minute, second, us = struct.unpack("<HBBBBBI", cell)
    return "%04d-%02d-%02d %02d:%02d:%02d" % (year, month, day, hour, minute, second) + (".%06d" % us if us else "")


def my_time(cell):
    negative, hours, minute, second, us = struct.unpack("<BHBBI", cell)
    return "%s%02d:%02d:%02d" % ("-" if negative else "", hours, minute, second) + (".%06d" % us if us else "")


MY = {
    "int": lambda c: str(int.from_bytes(c, "little", signed=True)),
    "uint": lambda c: str(int.from_bytes(c, "little")),
    "float": lambda c: shortest(c, "<f"), "double": lambda c: shortest(c, "<d"),
    "date": lambda c: "%04d-%02d-%02d" % struct.unpack("<HBB", c),
    "datetime": my_datetime, "time": my_time,
    "bit": lambda c: str(int.from_bytes(c, "big")),
}


def sqlite_float(cell):
    text = shortest(cell, ">d")
    return {"inf": "Inf", "-inf": "-Inf"}.get(text, text if any(c in text for c in ".en") else text + ".0")


def sqlite_cell(cell):
    tag, rest = cell[:1], cell[1:]
    if tag == b"i":
        return signed(rest)
    if tag == b"f":
        return sqlite_float(rest)
    return utf8(rest) if tag == b"t" else "\\x" + rest.hex()


def converter(form):
    """The function that turns a cell of that form to text."""
    if form == "text":
        return utf8
    if form == "bytes":
        return lambda c: "\\x" + c.hex()
    if form == "sqlite":
        return sqlite_cell
    family, _, name = form.partition(".")
    if family == "pg" and name.endswith("[]") and name[:-2] in PG:
        return lambda c: pg_array(c, name[:-2])
    if family == "pg" and name.startswith("range(") and name[6:-1] in PG:
        return lambda c: pg_range(c, name[6:-1])
    table = {"pg": PG, "my": MY}.get(family, {})
    if name not in table:
        raise Damaged("cells of form '%s' are not known here" % form)
    return table[name]


ESCAPES = str.maketrans({"\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\v": "\\v", "\f": "\\f", "\r": "\\r"})


def copy_line(row, converters):
    cells = ["\\N" if cell is None else convert(cell).translate(ESCAPES) for cell, convert in zip(row, converters)]
    return ("\t".join(cells) + "\n").encode("utf-8", "surrogateescape")


def main():
    parser = argparse.ArgumentParser(usage="rescue.py [--info] [--columns A,B] [--keep-going] FILE.snap")
    parser.add_argument("--info", action="store_true")
    parser.add_argument("--columns")
    parser.add_argument("--keep-going", action="store_true")
    parser.add_argument("file")
    options = parser.parse_args()
    try:
        snapshot = Snapshot(options.file)
        if options.info:
            print(json.dumps(dict(snapshot.info, rows=snapshot.rows, columns=snapshot.columns), indent=2))
            return 0
        names = [column["name"] for column in snapshot.columns]
        wanted = [names.index(name) for name in options.columns.split(",")] if options.columns else range(len(names))
        converters = [converter(snapshot.columns[i]["form"]) for i in wanted]
    except (Damaged, OSError, ValueError, struct.error) as error:
        print("rescue.py: %s: %s" % (options.file, error), file=sys.stderr)
        return 1
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` is no error
    lost = 0
    for group in snapshot.groups:
        try:
            for row in snapshot.group_rows(group):
                sys.stdout.buffer.write(copy_line([row[i] for i in wanted], converters))
        except (Damaged, IndexError, struct.error) as error:
            print("rescue.py: %s: a row group at byte %d: %s" % (options.file, group["offset"], error), file=sys.stderr)
            lost += group["rows"]
            if not options.keep_going:
                return 1
    if lost:
        print("rescue.py: %d of %d rows are lost" % (lost, snapshot.rows), file=sys.stderr)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
