"""GGUF version 3: a writer for F32 and Q8_0 tensors, and a reader that gives them back as float32 arrays."""
import struct

import numpy as np

ALIGNMENT = 32
F32, Q8_0 = 0, 8
_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9
_BLOCK = np.dtype([("scale", "<f2"), ("values", "i1", 32)])


def _text(value):
    raw = value.encode("utf-8")
    return struct.pack("<Q", len(raw)) + raw


def _value(value):
    """Type and bytes of a metadata value: bool, int as uint32, float as float32, string, list of int32 or string."""
    if isinstance(value, bool):
        return struct.pack("<I?", 7, value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value, str):
        return struct.pack("<I", _STRING) + _text(value)
    if isinstance(value[0], str):
        return struct.pack("<IIQ", _ARRAY, _STRING, len(value)) + b"".join(map(_text, value))
    return struct.pack("<IIQ", _ARRAY, 5, len(value)) + np.asarray(value, "<i4").tobytes()


def quantise_q8_0(array):
    """float32 [N, K], K a multiple of 32 -> the bytes of N * K / 32 blocks: fp16 scale and 32 signed bytes each."""
    rows = np.ascontiguousarray(array, np.float32).reshape(-1, 32)
    scale = np.abs(rows).max(1) / 127.0
    inverse = np.divide(1.0, scale, out=np.zeros_like(scale), where=scale > 0)
    blocks = np.empty(len(rows), _BLOCK)
    blocks["scale"] = scale
    blocks["values"] = np.round(rows * inverse[:, None])
    return blocks.tobytes()


def write(path, metadata, tensors):
    """`metadata`: dict in file order. `tensors`: dict of name -> float32 array; matrices become Q8_0, vectors F32."""
    info, data = b"", b""
    for name, array in tensors.items():
        matrix = array.ndim == 2
        data += bytes(-len(data) % ALIGNMENT)
        info += _text(name) + struct.pack("<I", array.ndim)
        info += b"".join(struct.pack("<Q", n) for n in reversed(array.shape))
        info += struct.pack("<IQ", Q8_0 if matrix else F32, len(data))
        data += quantise_q8_0(array) if matrix else np.asarray(array, "<f4").tobytes()
    head = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(metadata))
    head += b"".join(_text(key) + _value(value) for key, value in metadata.items()) + info
    with open(path, "wb") as file:
        file.write(head + bytes(-len(head) % ALIGNMENT) + data)


class _Cursor:
    def __init__(self, data):
        self.data, self.at = data, 0

    def scalar(self, layout):
        value = struct.unpack_from(layout, self.data, self.at)[0]
        self.at += struct.calcsize(layout)
        return value

    def text(self):
        size = self.scalar("<Q")
        self.at += size
        return self.data[self.at - size:self.at].decode("utf-8")

    def value(self, kind):
        if kind == _STRING:
            return self.text()
        if kind == _ARRAY:
            item, count = self.scalar("<I"), self.scalar("<Q")
            return [self.value(item) for _ in range(count)]
        return self.scalar(_SCALARS[kind])


def read(path):
    """-> (metadata dict, dict of name -> float32 array in PyTorch's order [N, K])."""
    with open(path, "rb") as file:
        cursor = _Cursor(file.read())
    if cursor.data[:4] != b"GGUF":
        raise ValueError(f"{path} is not a GGUF file")
    cursor.at = 4
    version, tensor_count, pair_count = (cursor.scalar(f) for f in ("<I", "<Q", "<Q"))
    if version != 3:
        raise ValueError(f"GGUF version {version} is not supported")
    metadata = {}
    for _ in range(pair_count):
        key = cursor.text()
        metadata[key] = cursor.value(cursor.scalar("<I"))
    infos = []
    for _ in range(tensor_count):
        name = cursor.text()
        extents = [cursor.scalar("<Q") for _ in range(cursor.scalar("<I"))]
        infos.append((name, extents[::-1], cursor.scalar("<I"), cursor.scalar("<Q")))
    start = cursor.at + -cursor.at % metadata.get("general.alignment", ALIGNMENT)
    return metadata, {n: _tensor(cursor.data, start + at, shape, kind) for n, shape, kind, at in infos}


def _tensor(data, at, shape, kind):
    count = int(np.prod(shape))
    if kind == F32:
        return np.frombuffer(data, "<f4", count, at).reshape(shape).copy()
    if kind != Q8_0:
        raise ValueError(f"tensor type {kind} is not supported")
    blocks = np.frombuffer(data, _BLOCK, count // 32, at)
    return (blocks["scale"].astype(np.float32)[:, None] * blocks["values"]).astype(np.float32).reshape(shape)
