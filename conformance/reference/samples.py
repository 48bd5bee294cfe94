"""The cells that vectors are made of: known ones, and random ones that are the same with every version of Python."""

import hashlib

from .cells import INPUT, OPERATIONS, OUTPUT

C3, C1, MP = OPERATIONS


class Random:
    """The first 32 bits of SHA-256 of a counter."""

    def __init__(self, seed):
        self.seed, self.count = seed, 0

    def below(self, n):
        self.count += 1
        return int.from_bytes(hashlib.sha256(f"{self.seed}/{self.count}".encode()).digest()[:4], "big") % n


def graph(rows, *interior):
    return [[int(digit) for digit in row] for row in rows.split("/")], [INPUT, *interior, OUTPUT]


def from_edges(vertices, edges, *interior):
    matrix = [[0] * vertices for _ in range(vertices)]
    for edge in edges.split():
        x, y = map(int, edge.split("-"))
        matrix[x][y] = 1
    return matrix, [INPUT, *interior, OUTPUT]


INCEPTION = graph("0111010/0000001/0000001/0000100/0000001/0000001/0000000", C1, C3, C3, C3, MP)
BEST = from_edges(7, "0-1 0-2 0-5 0-6 1-5 2-3 3-4 4-5 5-6", C1, C3, MP, C3, C3)
RESNET = from_edges(4, "0-1 1-2 2-3 0-3", C3, C3)
SAMPLE = graph("0100110/0010000/0001001/0000010/0000010/0000001/0000000", C3, MP, C3, C3, C1)
SMALLEST = from_edges(6, "0-1 1-2 1-3 1-4 1-5 2-5 3-5 4-5", MP, MP, MP, MP)
LARGEST = from_edges(7, "0-1 1-2 2-3 3-4 4-5 5-6 0-2 0-3 0-6", C3, C3, C3, C3, C3)

KNOWN = {
    "inception-like": INCEPTION,
    "best by test accuracy": BEST,
    "resnet-like": RESNET,
    "cell of the first record": SAMPLE,
    "fewest parameters": SMALLEST,
    "most parameters": LARGEST,
    "input to output only": graph("01/00"),
    "one convolution": graph("010/001/000", C3),
    "chain of 7": from_edges(7, "0-1 1-2 2-3 3-4 4-5 5-6", C3, C1, MP, C1, C3),
    "diamond": graph("0110/0001/0001/0000", C1, MP),
    "diamond, vertices exchanged": graph("0110/0001/0001/0000", MP, C1),
    "same matrix, other labels": graph("0110/0001/0001/0000", C1, C1),
    "five vertices side by side": from_edges(7, "0-1 0-2 0-3 0-4 1-6 2-6 3-6 4-6", C3, C1, MP, C3, C3),
    "vertex without way in": from_edges(5, "0-1 1-4 2-3 3-4", C3, C1, MP),
    "vertex without way out": from_edges(5, "0-1 1-4 0-2 2-3", C3, C1, MP),
    "vertices pruned between kept ones": from_edges(7, "0-2 2-4 4-6 1-3 0-5", C1, C3, MP, C1, MP),
    "18 raw edges, 8 after pruning": graph("0111110/0000100/0000110/0000110/0000010/0000000/0000000", C3, C3, C1, MP, C1),
    "disconnected": graph("0100/0000/0001/0000", C3, C1),
    "without an edge": graph("0000/0000/0000/0000", C3, C1),
}


def random_graphs(random, count, vertices=None, low=20, high=65):
    for _ in range(count):
        size = vertices or 3 + random.below(5)
        density = low + random.below(high - low)
        matrix = [[int(x < y and random.below(100) < density) for y in range(size)] for x in range(size)]
        yield matrix, [INPUT, *(OPERATIONS[random.below(3)] for _ in range(size - 2)), OUTPUT]


# Input -> 1 -> output, and eight edges that lead nowhere.
RAW = from_edges(7, "0-1 1-6 0-2 0-3 0-4 0-5 1-2 1-3 1-4 1-5", C3, C3, C3, C3, C3)
