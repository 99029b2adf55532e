"""Names the files that people hand over by mistake in place of a model file.

Signatures are those each format documents for itself. A hint is advice in an error message: nothing is
accepted or refused because of it.
"""

from __future__ import annotations

PARAMS_MAGIC = (0x112).to_bytes(8, "little")
"""The first eight bytes of every file that `mx.nd.save` wrote."""

_SIGNATURES = (
    (b"version https://git-lfs", "it is a Git LFS pointer, not the file itself: run `git lfs pull`"),
    (b"\x89HDF\r\n\x1a\n", "it is an HDF5 file (Keras), not an MXNet file"),
    (b"\x1f\x8b", "it is compressed with gzip: decompress it first"),
    (b"BZh", "it is compressed with bzip2: decompress it first"),
    (b"7z\xbc\xaf\x27\x1c", "it is a 7z archive: unpack it first"),
    (b"\x93NUMPY", "it is a single NumPy array (.npy)"),
    (PARAMS_MAGIC, "it is an MXNet parameter file (.params); a symbol is the JSON file beside it"),
    (b"GGUF", "it is a GGUF file (llama.cpp), not an MXNet file"),
)
_PICKLE_STARTS = tuple(bytes((0x80, protocol)) for protocol in (2, 3, 4, 5))
_ONNX_FIELDS_AFTER_VERSION = (0x12, 0x1A, 0x22, 0x2A, 0x32, 0x3A, 0x42)


def foreign_hint(head: bytes) -> str | None:
    """Say what a file is, going by its first bytes (512 are enough), or None where nothing fits."""
    if not head:
        return "it is empty"
    for signature, hint in _SIGNATURES:
        if head.startswith(signature):
            return hint
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "it is a zip archive (PyTorch files and .npz files are such)"
    if head.startswith(_PICKLE_STARTS):
        return "it is a Python pickle (an old PyTorch file, say), which gluax never opens"
    if len(head) >= 262 and head[257:262] == b"ustar":
        return "it is a tar archive: unpack it first"
    # Numbers first: the length a safetensors file starts with may look like a letter.
    return _onnx_or_safetensors_hint(head) or _text_hint(head)


def _text_hint(head: bytes) -> str | None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return "it is an HTML page: the download brought a web page in place of the file"
    if text.startswith(b"<"):
        return "it is an XML document"
    if text.startswith(b"{"):
        return "it is JSON text (a symbol file, perhaps); parameters are the .params file beside it"
    return None


def _onnx_or_safetensors_hint(head: bytes) -> str | None:
    # ONNX: protobuf field 1 (ir_version) as a small varint, then another field of ModelProto.
    if len(head) > 2 and head[0] == 0x08 and head[1] < 0x20 and head[2] in _ONNX_FIELDS_AFTER_VERSION:
        return "it is an ONNX model, not an MXNet file"
    # safetensors: u64 length of a JSON header, then the header.
    if len(head) > 9 and head[8:10] in (b'{"', b"{ ", b"{}") and head[6:8] == b"\0\0":
        return "it is a safetensors file, which holds parameters only"
    return None
