"""Prints as JSON what Python's zipfile finds in each archive: name, size, CRC, method and SHA-256 of every entry."""

import hashlib
import json
import sys
import zipfile

found = []
for path in sys.argv[1:]:
    with zipfile.ZipFile(path) as archive:
        found.append(
            [
                {
                    "name": entry.filename,
                    "size": entry.file_size,
                    "crc": entry.CRC,
                    "method": entry.compress_type,
                    "flags": entry.flag_bits,
                    "sha256": hashlib.sha256(archive.read(entry)).hexdigest(),
                }
                for entry in archive.infolist()
            ]
        )
json.dump(found, sys.stdout)
