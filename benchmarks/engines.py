"""Training steps of the networks on stdin on PyTorch, one thread, in both memory layouts; see engines.js."""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class Network(nn.Module):
    """Interprets the layers of a plan of @nasbench/model."""

    def __init__(self, layers):
        super().__init__()
        self.layers = layers
        self.parts = nn.ModuleDict()
        for layer in layers:
            inputs = layers[layer["inputs"][0]]["shape"][2] if layer["inputs"] else 0
            if layer["kind"] == "conv-bn-relu":
                kernel, filters = layer["kernel"], layer["filters"]
                self.parts[str(layer["id"])] = nn.Sequential(
                    nn.Conv2d(inputs, filters, kernel, padding=kernel // 2, bias=False), nn.BatchNorm2d(filters), nn.ReLU()
                )
            elif layer["kind"] == "dense":
                self.parts[str(layer["id"])] = nn.Linear(inputs, layer["units"])

    def forward(self, images):
        values = []
        for layer in self.layers:
            values.append(self.apply_layer(layer, [values[i] for i in layer["inputs"]], images))
        return values[-1]

    def apply_layer(self, layer, inputs, images):
        kind = layer["kind"]
        if kind == "input":
            return images
        if kind == "conv-bn-relu":
            return self.parts[str(layer["id"])](inputs[0])
        if kind == "dense":
            return self.parts[str(layer["id"])](inputs[0].flatten(1))
        if kind == "max-pool":
            size, stride = layer["size"], layer["stride"]
            return F.max_pool2d(inputs[0], size, stride, padding=(size - 1) // 2 if stride == 1 else 0)
        if kind == "truncate":
            return inputs[0][:, : layer["channels"]]
        if kind == "sum":
            return sum(inputs[1:], inputs[0])
        if kind == "concat":
            return torch.cat(inputs, 1)
        if kind == "global-average-pool":
            return inputs[0].mean((2, 3), keepdim=True)
        raise ValueError(kind)


def rate(plan, layout, batch_size, steps):
    network = Network(plan["layers"]).to(memory_format=layout)
    optimizer = torch.optim.RMSprop(network.parameters(), 0.01, 0.9, eps=1.0, weight_decay=1e-4, momentum=0.9)
    images = torch.randn(batch_size, 3, plan["size"], plan["size"]).contiguous(memory_format=layout)
    labels = torch.arange(batch_size) % 10
    best = float("inf")
    for _ in range(steps):
        before = time.process_time()
        optimizer.zero_grad()
        F.cross_entropy(network(images), labels).backward()
        optimizer.step()
        best = min(best, time.process_time() - before)
    return batch_size / best


torch.set_num_threads(1)
torch.manual_seed(1)
request = json.load(sys.stdin)
rows = [
    [f"PyTorch {torch.__version__}, {name}"]
    + [rate(plan, layout, request["batchSize"], request["steps"]) for plan in request["plans"]]
    for name, layout in (("channels last", torch.channels_last), ("default layout", torch.contiguous_format))
]
json.dump(rows, sys.stdout)
