"""Records of the official dataset file: TFRecord framing around JSON around base64 around a protocol buffer."""

import base64
import json
import struct


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked_crc32c(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def frame(data):
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", masked_crc32c(length)) + data + struct.pack("<I", masked_crc32c(data))


def varint(number):
    groups = []
    while number > 127:
        groups.append(number & 127 | 128)
        number >>= 7
    return bytes([*groups, number])


def double(field, value):
    return varint(field << 3 | 1) + struct.pack("<d", value)


def text(field, content):
    return varint(field << 3 | 2) + varint(len(content)) + content


def metrics(points, parameters, total_time):
    """ModelMetrics; a point is (epoch, seconds, train, validation, test), all five written even when 0."""
    message = b""
    for point in points:
        message += text(1, b"".join(double(field, value) for field, value in enumerate(point, 1)))
    return message + varint(2 << 3) + varint(parameters) + double(3, total_time)


def record(run):
    """The framed bytes of {moduleHash, epochs, adjacency, operations, points, trainableParameters, totalTime}."""
    message = metrics(run["points"], run["trainableParameters"], run["totalTime"])
    value = [
        run["moduleHash"],
        run["epochs"],
        run["adjacency"],
        run["operations"],
        base64.encodebytes(message).decode(),
    ]
    return frame(json.dumps(value).encode())
