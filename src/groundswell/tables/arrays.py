"""One file for numbers: a JSON header and raw arrays, never pickle.

Layout: 8 bytes magic ``gswarray``, 8 bytes little-endian length of the header, the header (UTF-8 JSON with what the
writer put in it and, under ``arrays``, each array's dtype, shape and offset), then the arrays, each aligned to 64 bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundswell.tables.files import damaged, written

_MAGIC = b"gswarray"
_ALIGN = 64
_DTYPES = {"float64": "<f8", "int64": "<i8", "int32": "<i4", "bool": "|b1"}


def write_arrays(header: Mapping[str, object], arrays: Mapping[str, NDArray[Any]], path: Path) -> None:
    """Write a header and arrays (float64, int64, int32 or bool) as one file.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "model.gsw"
    >>> write_arrays({"format": 1}, {"price": np.array([0.5])}, place)
    >>> header, arrays = read_arrays(place)
    >>> header, arrays["price"].tolist()
    ({'format': 1}, [0.5])
    """
    described, offset = {}, 0
    raw = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    for name, array in raw.items():
        described[name] = {"dtype": _DTYPES[array.dtype.name], "shape": list(np.shape(arrays[name])), "offset": offset}
        offset += -(-array.nbytes // _ALIGN) * _ALIGN
    head = json.dumps({**header, "arrays": described}, ensure_ascii=False, allow_nan=False).encode()
    head += b" " * (-(16 + len(head)) % _ALIGN)
    with written(path) as draft, draft.open("wb") as handle:
        handle.write(_MAGIC + len(head).to_bytes(8, "little") + head)
        for array in raw.values():
            handle.write(array.tobytes())
            handle.write(b"\0" * (-array.nbytes % _ALIGN))


def read_arrays(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Read what :func:`write_arrays` wrote; the arrays are read-only.

    Raises:
        StorageError: when the file is not of this format or is cut short.
    """
    try:
        blob = path.read_bytes()
    except OSError as error:
        raise damaged(path, error) from error
    length = int.from_bytes(blob[8:16], "little")
    try:
        if blob[:8] != _MAGIC:
            raise ValueError("another format")
        header: dict[str, Any] = json.loads(blob[16 : 16 + length])
        arrays = {
            name: np.frombuffer(
                blob, dtype=at["dtype"], count=int(np.prod(at["shape"])), offset=16 + length + at["offset"]
            ).reshape(at["shape"])
            for name, at in header.pop("arrays").items()
        }
    except (ValueError, KeyError) as error:
        raise damaged(path, error) from error
    return header, arrays
