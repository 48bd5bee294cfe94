"""Training runs for the TFRecord vectors."""

import struct

from . import cells, networks
from .samples import SAMPLE, INCEPTION, RESNET, Random

def float32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def share(correct):
    """An accuracy of the official form."""
    return float32(correct / 9984)


# A record of the official form; the values are made up.
SAMPLE_RUN = {
    "moduleHash": "00005c142e6f48ac74fdcf73e3439874",
    "epochs": 4,
    "adjacency": "".join(str(value) for row in SAMPLE[0] for value in row),
    "operations": ",".join(SAMPLE[1]),
    "points": [
        [0.0, 0.0, share(1000), share(1001), share(1002)],
        [2.0, float32(45.1), share(2003), share(2004), share(2005)],
        [4.0, float32(90.3), share(4006), share(4007), share(4008)],
    ],
    "trainableParameters": 8555530,
    "totalTime": 400.123456789,
}


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
