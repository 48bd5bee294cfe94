#!/usr/bin/env python3
"""Makes the vectors in this folder, in about ten seconds: python3 conformance/make_vectors.py [--check]

With --check it writes nothing and fails if a file differs. Python 3.9 or newer, standard library only.
"""

import base64
import hashlib
import json
import pathlib
import sys

from reference import cells, encodings, networks, tfrecord
from reference.cells import INPUT, OPERATIONS, OUTPUT
from reference.runs import SAMPLE_RUN, made_up_runs
from reference.samples import (
    BEST,
    C1,
    C3,
    SAMPLE,
    INCEPTION,
    KNOWN,
    LARGEST,
    RAW,
    RESNET,
    Random,
    from_edges,
    graph,
    random_graphs,
)

FOLDER = pathlib.Path(__file__).parent


def has_valid_edges(matrix, labels):
    pruned = cells.prune(matrix, labels)
    return pruned is None or sum(map(sum, pruned[0])) <= cells.MAX_EDGES


def as_json(graph):
    return {"matrix": graph[0], "operations": graph[1]}


def cell_vectors():
    matrices = cells.count_matrices()
    few = {key: counts for key, counts in matrices.items() if bin(key[1]).count("1") <= cells.MAX_EDGES}
    shares = [round(sum(counts[rule] for counts in few.values()) / 2**21, 4) for rule in (0, 1)]
    assert shares == [0.7334, 0.2735], shares

    def vector(name, given):
        pruned = cells.prune(*given)
        if pruned is None:
            return {"name": name, **as_json(given), "pruned": None}
        prune_first, raw_edges = cells.count_encodings(*pruned, matrices)
        return {
            "name": name,
            **as_json(given),
            "pruned": as_json(pruned),
            "moduleHash": cells.module_hash(*pruned),
            "canonicalForm": cells.canonical_form(*pruned),
            "depth": cells.depth(pruned[0]),
            "width": cells.width(pruned[0]),
            "countEncodings": {"prune-first": prune_first, "raw-edges": raw_edges},
        }

    random = Random("cells")
    drawn = [given for given in random_graphs(random, 110) if has_valid_edges(*given)]
    vectors = [vector(name, given) for name, given in KNOWN.items() if has_valid_edges(*given)]
    vectors += [vector(f"random {i}", given) for i, given in enumerate(drawn)]
    by_name = {one["name"]: one for one in vectors}
    assert by_name["inception-like"]["moduleHash"] == "28cfc7874f6d200472e1a9dcd8650aa0"
    assert by_name["best by test accuracy"]["moduleHash"] == "02e5a0247bbdcf2860b7e96f74961594"
    assert by_name["best by test accuracy"]["countEncodings"] == {"prune-first": 4, "raw-edges": 4}
    assert by_name["cell of the first record"]["moduleHash"] == SAMPLE_RUN["moduleHash"]
    return {"validShareOfMatrices": dict(zip(("prune-first", "raw-edges"), shares)), "vectors": vectors}


def enumeration_vectors():
    found, by_vertices, visited = cells.enumerate_cells(5)
    assert by_vertices == [1, 7, 91, 2532] and visited == 3364
    lines = "".join(f"{module_hash}\n" for module_hash in found)
    small = [(module_hash, given) for module_hash, given in found.items() if len(given[0]) <= 4]
    return {
        "cumulativeUniqueCells": {"2": 1, "3": 7, "4": 91, "5": 2532, "6": 64542, "7": 423624},
        "cumulativeLabeledGraphs": {"2": 1, "3": 7, "4": 97, "5": 3364, "6": 128509, "7": 1293208},
        "upTo5Vertices": {"cells": len(found), "sha256OfHashLines": hashlib.sha256(lines.encode()).hexdigest()},
        "vectors": [{**as_json(given), "moduleHash": module_hash} for module_hash, given in small],
    }


def network_vectors():
    matrices = {
        "linear": (graph("0100/0010/0001/0000", C3, C3), [(8, 16), (128, 256)]),
        "diamond": (graph("0110/0001/0001/0000", C3, C3), [(8, 15), (8, 16)]),
        "three parallel": (from_edges(5, "0-1 0-2 0-3 1-4 2-4 3-4", C3, C3, C3), [(8, 8), (128, 128), (256, 512)]),
        "input to output only": (graph("01/00"), [(8, 16)]),
        "skip around a vertex": (graph("0101/0010/0001/0000", C3, C3), [(8, 16)]),
    }
    random = Random("networks")
    drawn = [given for given in random_graphs(random, 40) if cells.prune(*given) and has_valid_edges(*given)]
    for i, given in enumerate(drawn):
        pruned = cells.prune(*given)
        matrices[f"random {i}"] = (pruned, [(128, 128), (128, 256), (16, 37)])
    channels = [
        {
            "name": name,
            "matrix": given[0],
            "inputChannels": inputs,
            "outputChannels": outputs,
            "channels": networks.vertex_channels(inputs, outputs, given[0]),
        }
        for name, (given, pairs) in matrices.items()
        for inputs, outputs in pairs
    ]
    expected = [one["channels"] for one in channels if (one["name"], one["inputChannels"]) != ("three parallel", 128)]
    for known in ([8, 16, 16, 16], [8, 8, 7, 15], [8, 3, 3, 2, 8]):
        assert known in expected, known

    paper = networks.PAPER
    small = {"imageSize": 28, "imageChannels": 1, "labels": 10, "stemFilters": 16, "stacks": 3, "cellsPerStack": 1}
    odd = {"imageSize": 15, "imageChannels": 2, "labels": 7, "stemFilters": 20, "stacks": 4, "cellsPerStack": 2}
    nets = [(name, given, paper) for name, given in KNOWN.items() if cells.prune(*given) and has_valid_edges(*given)]
    nets += [
        ("resnet-20-like", RESNET, {**paper, "stemFilters": 16}),
        (
            "resnet-50-like",
            from_edges(3, "0-1 1-2 0-2", "bottleneck3x3"),
            {**paper, "cellsPerStack": 6},
        ),
        (
            "every further operation",
            from_edges(6, "0-1 1-2 2-3 3-4 4-5 0-4", "identity", "bottleneck5x5", "maxpool3x3-conv1x1", "bottleneck3x3"),
            paper,
        ),
    ]
    for i, given in enumerate(drawn):
        nets.append((f"random {i}", given, (paper, small, odd)[i % 3]))
    vectors = [
        {"name": name, **as_json(given), "config": config, **networks.network_costs(*cells.prune(*given), config)}
        for name, given, config in nets
    ]
    parameters = {one["name"]: one["trainableParameters"] for one in vectors}
    assert parameters["inception-like"] == 2694282
    assert parameters["best by test accuracy"] == 32426634
    assert parameters["cell of the first record"] == SAMPLE_RUN["trainableParameters"]
    assert parameters["fewest parameters"] == 227274
    assert parameters["most parameters"] == 49979274
    return {"channels": channels, "networks": vectors}


def encoding_vectors():
    random = Random("encodings")
    operations = lambda: [random.below(3) for _ in range(5)]
    a, b, c, hot, paths = [], [], [], [], []
    for matrix, labels in [INCEPTION, BEST, SAMPLE, LARGEST, *random_graphs(random, 20, 7)]:
        point = encodings.encode_a(matrix, labels)
        assert encodings.decode_a(point) == (matrix, labels)
        a.append({"point": point, "matrix": matrix, "operations": labels})
        hot.append({"matrix": matrix, "operations": labels, "bits": encodings.one_hot(matrix, labels)})
    for i in range(25):
        point = [random.below(21 if i % 2 else 6) for _ in range(9)] + operations()
        b.append({"point": point, **as_json(encodings.decode_b(point))})
    for value in range(21):
        point = [value] * 9 + [0] * 5
        b.append({"point": point, **as_json(encodings.decode_b(point))})
    for i in range(25):
        # Different values, so that no rule for ties is needed; sixteenths and finer are exact in binary.
        order = list(range(21))
        for k in range(20, 0, -1):
            j = random.below(k + 1)
            order[k], order[j] = order[j], order[k]
        point = [(32 * place + random.below(32)) / 1024 for place in order] + [i % 10] + operations()
        c.append({"point": point, **as_json(encodings.decode_c(point))})
    for given in [*KNOWN.values(), *random_graphs(random, 30)]:
        pruned = cells.prune(*given)
        if pruned is None or not has_valid_edges(*given):
            continue
        found = encodings.paths(*pruned)
        vector = {"paths": [list(path) for path in found], "ones": [encodings.path_index(path) for path in found]}
        paths.append({**as_json(given), **vector})
    return {"A": a, "B": b, "C": c, "oneHot": hot, "pathBits": 364, "path": paths}


def reason_outside(rule, matrix, labels):
    """Why a well-formed cell is not in the space, or None."""
    if rule == "raw-edges" and sum(map(sum, matrix)) > cells.MAX_EDGES:
        return "too-many-edges"
    pruned = cells.prune(matrix, labels)
    if pruned is None:
        return "disconnected"
    if len(pruned[0]) > cells.MAX_VERTICES:
        return "too-many-vertices"
    if sum(map(sum, pruned[0])) > cells.MAX_EDGES:
        return "too-many-edges"
    if (pruned[1][0], pruned[1][-1]) != (INPUT, OUTPUT):
        return "input-output-labels"
    return None if set(pruned[1][1:-1]) <= set(OPERATIONS) else "unknown-operation"


def invalid_vectors():
    chain = graph("010/001/000", C3)
    ten_edges = graph("01111/00111/00011/00001/00000", C3, C3, C3)
    eight = from_edges(8, "0-1 1-2 2-3 3-4 4-5 5-6 6-7", C3, C3, C3, C3, C3, C3)
    nine_kept = from_edges(7, "0-1 0-2 0-3 0-6 1-2 2-3 3-4 4-6 1-6 0-5", C3, C3, C3, C3, C3)
    malformed = [
        ("not-square", "row too short", [[0, 1], [0]], [INPUT, OUTPUT]),
        ("not-square", "row too long", [[0, 1, 0], [0, 0]], [INPUT, OUTPUT]),
        ("not-square", "two rows of three", [[0, 1, 0], [0, 0, 1]], [INPUT, C3, OUTPUT]),
        ("not-binary", "a two", [[0, 2, 0], [0, 0, 1], [0, 0, 0]], chain[1]),
        ("not-binary", "a half", [[0, 0.5, 0], [0, 0, 1], [0, 0, 0]], chain[1]),
        ("not-binary", "minus one", [[0, -1, 0], [0, 0, 1], [0, 0, 0]], chain[1]),
        ("not-upper-triangular", "loop", [[0, 1, 0], [0, 1, 1], [0, 0, 0]], chain[1]),
        ("not-upper-triangular", "edge back", [[0, 1, 0], [1, 0, 1], [0, 0, 0]], chain[1]),
        ("not-upper-triangular", "loop at the output", [[0, 1, 0], [0, 0, 1], [0, 0, 1]], chain[1]),
        ("label-count", "a label too few", chain[0], [INPUT, OUTPUT]),
        ("label-count", "a label too many", chain[0], [INPUT, C3, C3, OUTPUT]),
        ("too-few-vertices", "no vertex", [], []),
        ("too-few-vertices", "one vertex", [[0]], [INPUT]),
    ]
    outside = [
        ("prune-first", "disconnected", "no edge", graph("000/000/000", C3)),
        ("prune-first", "disconnected", "the way ends half-way", graph("0100/0000/0001/0000", C3, C3)),
        ("raw-edges", "disconnected", "no edge", graph("000/000/000", C3)),
        ("prune-first", "too-many-vertices", "a chain of 8", eight),
        ("prune-first", "too-many-edges", "10 edges", ten_edges),
        ("raw-edges", "too-many-edges", "10 edges", ten_edges),
        ("raw-edges", "too-many-edges", "10 edges before, 2 after pruning", RAW),
        ("prune-first", "unknown-operation", "conv7x7", graph("010/001/000", "conv7x7-bn-relu")),
        ("prune-first", "unknown-operation", "an operation of another space", graph("010/001/000", "identity")),
        ("prune-first", "unknown-operation", "input inside", graph("010/001/000", INPUT)),
        ("prune-first", "input-output-labels", "exchanged", (chain[0], [OUTPUT, C3, INPUT])),
        ("prune-first", "input-output-labels", "an operation at the end", (chain[0], [INPUT, C3, C3])),
    ]
    valid = [
        ("prune-first", "10 edges before, 2 after pruning", RAW),
        ("prune-first", "10 edges before, 9 after pruning", nine_kept),
        ("prune-first", "an unknown operation that is pruned away", graph("0100/0001/0000/0000", C3, "conv7x7-bn-relu")),
        ("prune-first", "8 vertices before pruning", from_edges(8, "0-1 1-7", C3, C3, C3, C3, C3, C3)),
        ("raw-edges", "9 edges", LARGEST),
        ("raw-edges", "one edge", graph("01/00")),
    ]
    for rule, reason, name, given in outside:
        assert reason_outside(rule, *given) == reason, name
    for rule, name, given in valid:
        assert reason_outside(rule, *given) is None, name
    return {
        "malformed": [
            {"reason": reason, "name": name, "matrix": matrix, "operations": labels}
            for reason, name, matrix, labels in malformed
        ],
        "outsideTheSpace": [
            {"rule": rule, "reason": reason, "name": name, **as_json(given)} for rule, reason, name, given in outside
        ],
        "valid": [{"rule": rule, "name": name, **as_json(given)} for rule, name, given in valid],
    }


def tfrecord_vectors():
    sample = tfrecord.record(SAMPLE_RUN)
    assert len(sample) == 417
    runs = list(made_up_runs())
    several = b"".join(map(tfrecord.record, runs))
    first = len(tfrecord.record(runs[0]))
    flipped = lambda data, at: data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
    lying = tfrecord.record({**SAMPLE_RUN, "moduleHash": "0" * 32})
    files = [
        {"name": "one record of the official form", "file": sample, "records": [{**SAMPLE_RUN, "repeat": 0}]},
        {"name": "2 cells, 2 budgets, 3 repeats, made up", "file": several, "records": runs},
    ]
    # record: number from 0 of the first bad one
    malformed = [
        {"name": "empty", "file": b"", "record": 0},
        {"name": "a bit flipped in a length", "file": flipped(several, first + 1), "record": 1},
        {"name": "a bit flipped in the length's checksum", "file": flipped(several, first + 9), "record": 1},
        {"name": "a bit flipped in the data", "file": flipped(several, first + 40), "record": 1},
        {"name": "a bit flipped in the data's checksum", "file": flipped(sample, len(sample) - 2), "record": 0},
        {"name": "ends within a length", "file": sample + sample[:5], "record": 1},
        {"name": "ends within the data", "file": sample[:200], "record": 0},
        {"name": "ends before the last byte", "file": sample[:-1], "record": 0},
        {"name": "not JSON", "file": tfrecord.frame(b"text"), "record": 0},
        {"name": "JSON of another shape", "file": tfrecord.frame(b'{"module_hash": "00"}'), "record": 0},
        {"name": "a hash that is not the cell's", "file": lying, "record": 0},
    ]
    crcs = [b"", b"a", b"123456789", bytes(32), b"\xff" * 32, bytes(range(32)), sample[12:-4]]
    assert tfrecord.crc32c(b"123456789") == 0xE3069283 and tfrecord.crc32c(bytes(32)) == 0x8A9136AA
    encoded = lambda vector: {**vector, "file": base64.b64encode(vector["file"]).decode()}
    return {
        "crc32c": [
            {"data": data.hex(), "crc": tfrecord.crc32c(data), "masked": tfrecord.masked_crc32c(data)} for data in crcs
        ],
        "files": list(map(encoded, files)),
        "malformed": list(map(encoded, malformed)),
    }


FILES = {
    "cells.json": cell_vectors,
    "enumeration.json": enumeration_vectors,
    "networks.json": network_vectors,
    "encodings.json": encoding_vectors,
    "invalid.json": invalid_vectors,
    "tfrecord.json": tfrecord_vectors,
}


def text_of(document):
    """One vector a line, so that a difference names its vector."""
    parts = []
    for key, value in document.items():
        if isinstance(value, list):
            lines = ",\n".join(json.dumps(one) for one in value)
            parts.append(f"{json.dumps(key)}: [\n{lines}\n]")
        else:
            parts.append(f"{json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main():
    check = sys.argv[1:] == ["--check"]
    different = []
    for name, make in FILES.items():
        text = text_of(make())
        file = FOLDER / name
        if check and (not file.exists() or file.read_text() != text):
            different.append(name)
        elif not check:
            file.write_text(text)
    if different:
        sys.exit(f"differs from what make_vectors.py makes: {', '.join(different)}")


if __name__ == "__main__":
    main()
