"""Networks: channels of the vertices, trainable parameters and multiply-adds of one forward pass of one image."""

CONVOLUTIONS = {"conv3x3-bn-relu": 3, "conv1x1-bn-relu": 1}
PAPER = {"imageSize": 32, "imageChannels": 3, "labels": 10, "stemFilters": 128, "stacks": 3, "cellsPerStack": 3}


def vertex_channels(input_channels, output_channels, matrix):
    last = len(matrix) - 1
    channels = [0] * len(matrix)
    channels[0], channels[last] = input_channels, output_channels
    feeding = [v for v in range(1, last) if matrix[v][last]]
    for place, v in enumerate(feeding):
        share, rest = divmod(output_channels, len(feeding))
        channels[v] = share + (place < rest)
    for v in range(last - 1, 0, -1):
        if v not in feeding:
            channels[v] = max(channels[w] for w in range(v + 1, last) if matrix[v][w])
    return channels


class Costs:
    """Adds up layers. Biases, batch normalisation, pooling and sums count as no multiply-adds."""

    def __init__(self):
        self.parameters = self.multiply_adds = 0

    def convolution(self, kernel, inputs, outputs, size):
        weights = kernel * kernel * inputs * outputs
        self.parameters += weights + 2 * outputs  # batch normalisation: scale and offset
        self.multiply_adds += weights * size * size

    def dense(self, inputs, outputs):
        self.parameters += inputs * outputs + outputs
        self.multiply_adds += inputs * outputs

    def operation(self, name, channels, size):
        if name in CONVOLUTIONS:
            self.convolution(CONVOLUTIONS[name], channels, channels, size)
        elif name in ("bottleneck3x3", "bottleneck5x5"):
            quarter = channels // 4
            self.convolution(1, channels, quarter, size)
            self.convolution(int(name[-1]), quarter, quarter, size)
            self.convolution(1, quarter, channels, size)
        elif name == "maxpool3x3-conv1x1":
            self.convolution(1, channels, channels, size)
        elif name not in ("maxpool3x3", "identity"):
            raise ValueError(name)


def network_costs(matrix, labels, config):
    """{trainableParameters, multiplyAdds} of the network around a pruned cell."""
    costs, size, channels = Costs(), config["imageSize"], config["stemFilters"]
    costs.convolution(3, config["imageChannels"], channels, size)
    last = len(matrix) - 1
    for stack in range(config["stacks"]):
        wanted = config["stemFilters"] * 2**stack
        if stack > 0:
            size = (size + 1) // 2
        for _ in range(config["cellsPerStack"]):
            split = vertex_channels(channels, wanted, matrix)
            for v in range(1, last + 1):
                if matrix[0][v]:  # projection of the cell's input
                    costs.convolution(1, channels, split[v], size)
                if v < last:
                    costs.operation(labels[v], split[v], size)
            channels = wanted
    costs.dense(channels, config["labels"])
    return {"trainableParameters": costs.parameters, "multiplyAdds": costs.multiply_adds}
