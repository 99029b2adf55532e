"""Broken files for the two readers: mutators, what must hold for each input, and a runner for many of them.

``python -m tests.fuzz_readers --count 100000 --seed 1`` mutates the committed files of tests/data and, where they are
present, the shared ones. Memory is limited, every input is timed, and an input that fails is kept in a folder.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import signal
import struct
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gluax.errors import GluaxError
from gluax.ir.json_reader import read_symbol
from gluax.ir.json_writer import write_symbol
from gluax.ir.params_reader import DENSE_ALLOWANCE, DENSE_MULTIPLE, read_params
from tests.shared_data import SHARED

DATA = Path(__file__).parent / "data"
NUMBERS = (0, 1, 2, 3, 12, 13, 64, 65, 127, 255, 2**15, 2**16, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**62, 2**63 - 1)
INPUT_NAMES = {
    "BatchNorm": ("data", "gamma", "beta", "moving_mean", "moving_var"),
    "Convolution": ("data", "weight", "bias"),
    "FullyConnected": ("data", "weight", "bias"),
}


def input_names(op: str, attrs: dict[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    names = INPUT_NAMES.get(op)
    return names and (names, names[3:])


# --- what must hold --------------------------------------------------------------------------------------------------


def check_symbol(content: bytes) -> bool:
    """Read `content`; whether it was accepted. What is accepted can be written, read again, and is then stable."""
    try:
        graph = read_symbol(content, input_names=input_names)
    except GluaxError:
        return False
    text = write_symbol(graph)
    assert write_symbol(read_symbol(text, input_names=input_names)) == text, "not stable"
    return True


def check_params(content: bytes) -> bool:
    """Read `content`; whether it was accepted. What is accepted is small enough, read-only, and can be touched."""
    try:
        params = read_params(content)
    except GluaxError:
        return False
    arrays = params.arrays if isinstance(params.arrays, list) else list(params.arrays.values())
    limit = DENSE_ALLOWANCE + (DENSE_MULTIPLE + 1) * len(content)
    assert sum(array.nbytes for array in arrays) <= limit, "larger than promised"
    for array in arrays:
        assert not array.flags.writeable
        assert array.flags.aligned
        array[:1].tobytes() if array.ndim else array.item()
    return True


# --- bytes -----------------------------------------------------------------------------------------------------------


def mutate_bytes(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Apply one to four changes that need no knowledge of the format."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 4))):
        content = rng.choice(_BYTE_CHANGES)(content, other, rng)
    return content


def _truncate(content: bytes, other: bytes, rng: random.Random) -> bytes:
    return content[: rng.randint(0, len(content))]


def _flip_bits(content: bytes, other: bytes, rng: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.randint(1, 8) if changed else 0):
        changed[_early(len(changed), rng)] ^= 1 << rng.randint(0, 7)
    return bytes(changed)


def _replace_number(content: bytes, other: bytes, rng: random.Random) -> bytes:
    code = rng.choice("IQ")
    size = struct.calcsize(f"<{code}")
    if len(content) < size:
        return content
    # Fields of headers mostly stand at multiples of four.
    start = _early(len(content) - size + 1, rng)
    start = start // 4 * 4 if rng.random() < 0.7 else start
    number = rng.choice(NUMBERS) * rng.choice((1, 1, -1)) + rng.choice((0, 0, 0, 1, -1))
    return content[:start] + struct.pack(f"<{code}", number % 2 ** (8 * size)) + content[start + size :]


def _splice(content: bytes, other: bytes, rng: random.Random) -> bytes:
    return content[: rng.randint(0, len(content))] + other[rng.randint(0, len(other)) :]


def _remove(content: bytes, other: bytes, rng: random.Random) -> bytes:
    start = rng.randint(0, len(content))
    return content[:start] + content[start + rng.randint(1, 64) :]


def _insert(content: bytes, other: bytes, rng: random.Random) -> bytes:
    start, taken = rng.randint(0, len(content)), rng.randint(0, len(other))
    return content[:start] + other[taken : taken + rng.randint(1, 200)] + content[start:]


def _early(size: int, rng: random.Random) -> int:
    """A position that is near the start, where the headers are, as often as anywhere."""
    return rng.randrange(min(size, 200)) if rng.random() < 0.5 else rng.randrange(size)


_BYTE_CHANGES = (_truncate, _flip_bits, _flip_bits, _replace_number, _replace_number, _splice, _remove, _insert)

# --- JSON ------------------------------------------------------------------------------------------------------------


def mutate_json(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Change the structure of the document in one to four places; sometimes the bytes as well."""
    try:
        document = json.loads(content, strict=False)
    except ValueError:
        return mutate_bytes(content, other, rng)
    for _ in range(rng.choice((1, 1, 2, 4))):
        document = _change_somewhere(document, rng)
    changed = json.dumps(document, ensure_ascii=rng.random() < 0.5).encode("utf-8", "surrogatepass")
    return mutate_bytes(changed, other, rng) if rng.random() < 0.1 else changed


def _change_somewhere(document: Any, rng: random.Random) -> Any:
    if not isinstance(document, (dict, list)) or not document:
        return _strange(document, rng)
    parent = document
    while True:
        key = rng.choice(list(parent)) if isinstance(parent, dict) else rng.randrange(len(parent))
        child = parent[key]
        if isinstance(child, (dict, list)) and child and rng.random() < 0.85:
            parent = child
            continue
        break
    change = rng.randrange(5)
    if change == 0:
        del parent[key]
    elif change == 1 and isinstance(parent, list):
        parent.insert(rng.randint(0, len(parent)), child)
    elif change == 2 and isinstance(parent, dict):
        parent[rng.choice(_KEYS)] = parent.pop(key)
    elif change == 3 and isinstance(child, int):
        parent[key] = child + rng.choice((-1, 1, 2, 100))
    else:
        parent[key] = _strange(document, rng)
    return document


def _strange(document: Any, rng: random.Random) -> Any:
    choice = rng.randrange(12)
    if choice == 0:
        return [[[[]]]] if rng.random() < 0.9 else json.loads("[" * 300 + "]" * 300)
    if choice == 1:
        return [json.loads(json.dumps(document))]  # the graph as a subgraph of itself
    if choice == 2:
        return {rng.choice(_KEYS): rng.choice(("1", 1, None, "True", "\ud800", "\x00"))}
    if choice <= 5:
        return rng.choice(NUMBERS) * rng.choice((1, -1))
    return rng.choice(
        (None, True, 1.5, float("nan"), float("inf"), "", "null", "BatchNorm", "\udc00", "a" * 3000, [], {})
    )


_KEYS = ("op", "name", "inputs", "attrs", "attr", "param", "subgraphs", "control_deps", "nodes", "heads", "arg_nodes")
_KEYS += ("axis", "lr_mult", "weight_lr_mult", "gamma_wd_mult", "__shape__", "mxnet_version", "is_np_shape", "")

# --- the runner ------------------------------------------------------------------------------------------------------


@dataclass
class Reader:
    """One reader under test: what it is fed with and what must hold."""

    name: str
    seeds: list[bytes]
    mutate: Callable[[bytes, bytes, random.Random], bytes]
    check: Callable[[bytes], bool]
    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0


def seeds(pattern: str, largest: int) -> list[bytes]:
    """The real files to start from, those of tests/data first."""
    paths = [*sorted(DATA.glob(pattern)), *sorted(SHARED.glob(f"*/*/{pattern}")), *sorted(SHARED.glob(f"*/{pattern}"))]
    return [path.read_bytes() for path in paths if path.stat().st_size <= largest]


def symbol_seeds(largest: int) -> list[bytes]:
    cases = json.loads((DATA / "symbol_cases.json").read_text(encoding="utf-8"))
    return [case["input"].encode() for case in cases] + seeds("*-symbol.json", largest)


def params_seeds(largest: int) -> list[bytes]:
    return seeds("*.params", largest) + seeds("*.npz", largest) + seeds("*.v0", largest)


def _too_slow(*_: object) -> None:
    raise TimeoutError("took more than 10 seconds")


def _try(reader: Reader, rng: random.Random, failures: Path) -> None:
    content = reader.mutate(rng.choice(reader.seeds), rng.choice(reader.seeds), rng)
    start = time.process_time()  # of the processor: the machine may be busy with something else
    signal.alarm(10)
    try:
        outcome = "accepted" if reader.check(content) else "refused"
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        outcome = f"FAILED: {type(error).__name__}"
        traceback.print_exc()
        (failures / f"{reader.name}-{sum(reader.outcomes.values())}").write_bytes(content)
    finally:
        signal.alarm(0)
    reader.outcomes[outcome] += 1
    reader.slowest = max(reader.slowest, time.process_time() - start)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000, help="inputs in all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--largest", type=int, default=20_000, help="bytes; larger files are not mutated")
    parser.add_argument("--memory", type=int, default=1024, help="MiB of address space beyond what Python needs")
    options = parser.parse_args()
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    limit = used + options.memory * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    signal.signal(signal.SIGALRM, _too_slow)
    readers = [
        Reader("symbol", symbol_seeds(options.largest), mutate_json, check_symbol),
        Reader("symbol-bytes", symbol_seeds(options.largest), mutate_bytes, check_symbol),
        Reader("params", params_seeds(options.largest), mutate_bytes, check_params),
    ]
    rng = random.Random(options.seed)
    failures = Path(tempfile.mkdtemp(prefix="gluax-fuzz-"))
    start = time.perf_counter()
    for number in range(options.count):
        # Half of the inputs for parameters; of the others, most change the structure.
        _try(readers[2] if number % 2 else readers[number % 8 == 0], rng, failures)
    for reader in readers:
        print(f"{reader.name}: {len(reader.seeds)} seeds, {dict(reader.outcomes)}, slowest {reader.slowest:.3f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{options.count} inputs in {time.perf_counter() - start:.0f} s, peak memory {peak:.0f} MiB, see {failures}")
    return int(any(outcome.startswith("FAILED") for reader in readers for outcome in reader.outcomes))


if __name__ == "__main__":
    sys.exit(main())
