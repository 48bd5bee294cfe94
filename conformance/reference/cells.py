"""Cells: pruning, module hash, canonical form, enumeration, depth, width, number of encodings.

A graph is (matrix, labels): a list of rows of 0 and 1, and one label a vertex. Everything follows the definitions word
by word; where a definition says "over all orders" or "over all cuts", all of them are tried.
"""

from hashlib import md5
from itertools import combinations, permutations, product

INPUT, OUTPUT = "input", "output"
OPERATIONS = ["conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3"]
MAX_VERTICES, MAX_EDGES = 7, 9


def reachable(matrix, start):
    found, todo = {start}, [start]
    while todo:
        x = todo.pop()
        for y, edge in enumerate(matrix[x]):
            if edge and y not in found:
                found.add(y)
                todo.append(y)
    return found


def prune(matrix, labels):
    """The graph without vertices that are on no path from input to output, or None if there is no path."""
    last = len(matrix) - 1
    from_input = reachable(matrix, 0)
    if last not in from_input:
        return None
    transposed = [list(column) for column in zip(*matrix)]
    kept = sorted(from_input & reachable(transposed, last))
    return [[matrix[x][y] for y in kept] for x in kept], [labels[v] for v in kept]


def module_hash(matrix, labels):
    """Of a pruned graph: as many rounds as it has vertices, over hashes of neighbours."""
    vertices = range(len(matrix))
    into = [[x for x in vertices if matrix[x][v]] for v in vertices]
    out_of = [[y for y in vertices if matrix[v][y]] for v in vertices]
    numbers = [-1] + [OPERATIONS.index(label) for label in labels[1:-1]] + [-2]
    digest = lambda text: md5(text.encode()).hexdigest()
    hashes = [digest(str((len(out_of[v]), len(into[v]), numbers[v]))) for v in vertices]
    for _ in vertices:
        hashes = [
            digest(
                "".join(sorted(hashes[x] for x in into[v]))
                + "|"
                + "".join(sorted(hashes[y] for y in out_of[v]))
                + "|"
                + hashes[v]
            )
            for v in vertices
        ]
    return digest(str(sorted(hashes)))


def edge_bits(matrix):
    """Bit x + y(y-1)/2 is the edge x -> y."""
    return sum(1 << (x + y * (y - 1) // 2) for y in range(len(matrix)) for x in range(y) if matrix[x][y])


def matrix_of(vertices, bits):
    return [
        [int(x < y and bits >> (x + y * (y - 1) // 2) & 1) for y in range(vertices)] for x in range(vertices)
    ]


def arrangements(matrix, labels):
    """The set of (edge bits, interior labels as numbers) of all orders that keep the matrix upper triangular."""
    size = len(matrix)
    numbers = [None] + [OPERATIONS.index(label) for label in labels[1:-1]] + [None]
    found = set()
    for interior in permutations(range(1, size - 1)):
        order = (0, *interior, size - 1)
        if any(matrix[order[b]][order[a]] for a, b in combinations(range(size), 2)):
            continue
        moved = [[matrix[x][y] for y in order] for x in order]
        found.add((edge_bits(moved), tuple(numbers[v] for v in interior)))
    return found


def canonical_form(matrix, labels):
    """The graph that comes first in the enumeration among all that are isomorphic to this pruned one."""
    bits, numbers = min(arrangements(matrix, labels))
    return {
        "edges": bits,
        "matrix": matrix_of(len(matrix), bits),
        "operations": [INPUT] + [OPERATIONS[number] for number in numbers] + [OUTPUT],
    }


def enumerate_cells(max_vertices):
    """(unique cells as {hash: (matrix, labels)} in order, cumulative counts, labeled graphs visited)."""
    cells, by_vertices, visited = {}, [], 0
    for vertices in range(2, max_vertices + 1):
        for bits in range(2 ** (vertices * (vertices - 1) // 2)):
            matrix = matrix_of(vertices, bits)
            if bin(bits).count("1") > MAX_EDGES:
                continue
            if not all(map(any, matrix[:-1])) or not all(map(any, list(zip(*matrix))[1:])):
                continue
            for interior in product(OPERATIONS, repeat=vertices - 2):
                visited += 1
                labels = [INPUT, *interior, OUTPUT]
                cells.setdefault(module_hash(matrix, labels), (matrix, labels))
        by_vertices.append(len(cells))
    return cells, by_vertices, visited


def depth(matrix):
    """Edges on the longest path from input to output."""
    longest = [0] * len(matrix)
    for y in range(len(matrix)):
        longest[y] = max((longest[x] + 1 for x in range(y) if matrix[x][y]), default=0)
    return longest[-1]


def width(matrix):
    """The most edges that leave a set of vertices which holds the input, not the output, and which no edge enters."""
    size, widest = len(matrix), 0
    for count in range(size - 1):
        for others in combinations(range(1, size - 1), count):
            side = {0, *others}
            crossing = [(x, y) for x in range(size) for y in range(size) if matrix[x][y] and (x in side) != (y in side)]
            if all(x in side for x, _ in crossing):
                widest = max(widest, len(crossing))
    return widest


def count_matrices():
    """{(vertices, edge bits) of a pruned matrix: [all, those with at most 9 raw edges]} over all 2^21 matrices."""
    successors = [[row << (x + 1) for row in range(2 ** (6 - x))] for x in range(6)]
    counts = {}
    for rows in product(*successors):
        from_input, to_output = 1, 64
        for x in range(6):
            if from_input >> x & 1:
                from_input |= rows[x]
        if not from_input & 64:
            continue
        for x in range(5, -1, -1):
            if rows[x] & to_output:
                to_output |= 1 << x
        kept = from_input & to_output
        key = (kept, *[row & kept if kept >> x & 1 else 0 for x, row in enumerate(rows)])
        entry = counts.setdefault(key, [0, 0])
        entry[0] += 1
        entry[1] += sum(map(bin_count, rows)) <= MAX_EDGES
    merged = {}
    for (kept, *rows), (everything, few) in counts.items():
        order = [v for v in range(7) if kept >> v & 1]
        matrix = [[rows[x] >> y & 1 if x < 6 else 0 for y in order] for x in order]
        entry = merged.setdefault((len(order), edge_bits(matrix)), [0, 0])
        entry[0] += everything
        entry[1] += few
    return merged


bin_count = [bin(n).count("1") for n in range(128)].__getitem__


def count_encodings(matrix, labels, matrices):
    """Points of encoding A that prune to a cell isomorphic to this one: [prune-first, raw-edges]."""
    free = len(OPERATIONS) ** (MAX_VERTICES - len(matrix))
    found = [matrices[len(matrix), bits] for bits, _ in arrangements(matrix, labels)]
    return [free * sum(counts[rule] for counts in found) for rule in (0, 1)]
