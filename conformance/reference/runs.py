"""Training runs for the TFRecord vectors."""

import struct

from . import cells, networks
from .samples import GOLDEN, INCEPTION, RESNET, Random

# The values of the official record that the specification prints.
GOLDEN_RUN = {
    "moduleHash": "00005c142e6f48ac74fdcf73e3439874",
    "epochs": 4,
    "adjacency": "".join(str(value) for row in GOLDEN[0] for value in row),
    "operations": ",".join(GOLDEN[1]),
    "points": [
        [0.0, 0.0, float32(1000 / 9984), float32(1001 / 9984), float32(1002 / 9984)],
        [2.0, 45.125, float32(2003 / 9984), float32(2004 / 9984), float32(2005 / 9984)],
        [4.0, 90.25, float32(4006 / 9984), float32(4007 / 9984), float32(4008 / 9984)],
    ],
    "trainableParameters": 8555530,
    "totalTime": 400.123456789,
}


def float32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def made_up_runs():
    """Two cells in the order of their hashes, two budgets, three repeats: values of the official form, without meaning."""
    random = Random("runs")
    for given in (INCEPTION, RESNET):
        for epochs in (4, 108):
            for repeat in range(3):
                seconds = 20 + 16 * epochs + random.below(1000) / 8
                points = [
                    [part * epochs, float32(part * seconds)]
                    + [float32((random.below(1000) + 8900 * part) / 9984) for _ in range(3)]
                    for part in (0.0, 0.5, 1.0)
                ]
                yield {
                    "moduleHash": cells.module_hash(*given),
                    "epochs": epochs,
                    "repeat": repeat,
                    "adjacency": "".join(str(value) for row in given[0] for value in row),
                    "operations": ",".join(given[1]),
                    "points": points,
                    "trainableParameters": networks.network_costs(*given, networks.PAPER)["trainableParameters"],
                    "totalTime": seconds * 3 + random.below(10**6) / 7,
                }
