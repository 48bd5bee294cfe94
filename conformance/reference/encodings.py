"""The vectors that search algorithms work on: encodings A, B and C, the one-hot vector and the path encoding."""

from .cells import INPUT, OPERATIONS, OUTPUT

PAIRS = [(x, y) for x in range(7) for y in range(x + 1, 7)]
COLUMN_MAJOR_PAIRS = [(x, y) for y in range(7) for x in range(y)]


def graph_of(edges, operations):
    matrix = [[int((x, y) in edges) for y in range(7)] for x in range(7)]
    return matrix, [INPUT] + [OPERATIONS[number] for number in operations] + [OUTPUT]


def decode_a(point):
    return graph_of({pair for pair, bit in zip(PAIRS, point) if bit}, point[21:])


def encode_a(matrix, labels):
    return [matrix[x][y] for x, y in PAIRS] + [OPERATIONS.index(label) for label in labels[1:-1]]


def decode_b(point):
    return graph_of({COLUMN_MAJOR_PAIRS[20 - value] for value in point[:9]}, point[9:])


def decode_c(point):
    largest = sorted(range(21), key=lambda i: point[i], reverse=True)[: point[21]]
    return graph_of({PAIRS[i] for i in largest}, point[22:])


def one_hot(matrix, labels):
    bits = [matrix[x][y] for x, y in PAIRS]
    for label in labels[1:-1]:
        bits += [int(label == operation) for operation in OPERATIONS]
    return bits


def paths(matrix, labels):
    """The different operation sequences on paths from input to output."""
    last = len(matrix) - 1

    def walk(vertex, sequence):
        if vertex == last:
            yield sequence
            return
        for target in range(vertex + 1, last + 1):
            if matrix[vertex][target]:
                yield from walk(target, sequence if target == last else (*sequence, labels[target]))

    return sorted(set(walk(0, ())), key=path_index)


def path_index(sequence):
    """White et al.: shorter sequences first, the first operation the least significant digit."""
    return sum(3**place * (OPERATIONS.index(label) + 1) for place, label in enumerate(sequence))
