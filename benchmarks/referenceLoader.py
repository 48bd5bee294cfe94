"""The reading loop of the reference's nasbench/api.py on the first records of a file, with the standard library only.

Run by import.js:  python3 referenceLoader.py FILE RECORDS  ->  JSON with seconds of CPU time and a checksum of the values.

As there: every record is taken from its frame, parsed as JSON, its adjacency made a matrix, its metrics decoded from
base64 and parsed as protobuf, and both put into dictionaries by hash. What differs: TensorFlow's iterator reads frames
in C++, and checks their CRCs, which this does not; protobuf may have a parser in C++; this one is Python with struct.
With the module google.protobuf present, its own parser is taken. numpy makes the matrix where it is present.
"""

import base64
import json
import struct
import sys
import time

try:
    import numpy
except ImportError:
    numpy = None

POINT = ("current_epoch", "training_time", "train_accuracy", "validation_accuracy", "test_accuracy")


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def parse_in_python(data):
    points, parameters, total_time, at = [], None, None, 0
    while at < len(data):
        tag, at = varint(data, at)
        if tag == 0x0A:
            length, at = varint(data, at)
            end, point = at + length, {}
            while at < end:
                field, at = varint(data, at)
                point[POINT[(field >> 3) - 1]] = struct.unpack_from("<d", data, at)[0]
                at += 8
            points.append(point)
        elif tag == 0x10:
            parameters, at = varint(data, at)
        else:
            total_time = struct.unpack_from("<d", data, at)[0]
            at += 8
    return points, parameters, total_time


def protobuf_parser():
    """The parser of google.protobuf for the messages of the file, or None without that module."""
    try:
        from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
    except ImportError:
        return None
    file = descriptor_pb2.FileDescriptorProto(name="model_metrics.proto", package="nasbench", syntax="proto2")
    kind = descriptor_pb2.FieldDescriptorProto
    point = file.message_type.add(name="EvaluationData")
    for number, name in enumerate(POINT, 1):
        point.field.add(name=name, number=number, type=kind.TYPE_DOUBLE, label=kind.LABEL_OPTIONAL)
    metrics = file.message_type.add(name="ModelMetrics")
    metrics.field.add(
        name="evaluation_data", number=1, type=kind.TYPE_MESSAGE, label=kind.LABEL_REPEATED, type_name=".nasbench.EvaluationData"
    )
    metrics.field.add(name="trainable_parameters", number=2, type=kind.TYPE_INT32, label=kind.LABEL_OPTIONAL)
    metrics.field.add(name="total_time", number=3, type=kind.TYPE_DOUBLE, label=kind.LABEL_OPTIONAL)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    message = message_factory.GetMessageClass(pool.FindMessageTypeByName("nasbench.ModelMetrics"))

    def parse(data):
        metrics = message.FromString(data)
        points = [{name: getattr(point, name) for name in POINT} for point in metrics.evaluation_data]
        return points, metrics.trainable_parameters, metrics.total_time

    return parse


def main(file, limit):
    parse = protobuf_parser()
    how = "google.protobuf" if parse else "Python"
    parse = parse or parse_in_python
    fixed, computed, count, checksum = {}, {}, 0, 0.0
    started = time.process_time()
    with open(file, "rb") as source:
        while count < limit:
            header = source.read(12)
            if len(header) < 12:
                break
            row = source.read(struct.unpack_from("<Q", header)[0])
            source.read(4)
            module_hash, epochs, raw_adjacency, raw_operations, raw_metrics = json.loads(row.decode("utf-8"))
            dimension = int(len(raw_adjacency) ** 0.5)
            cells = [int(entry) for entry in raw_adjacency]
            if numpy is not None:
                adjacency = numpy.array(cells, dtype=numpy.int8).reshape(dimension, dimension)
            else:
                adjacency = [cells[i * dimension : (i + 1) * dimension] for i in range(dimension)]
            points, parameters, _ = parse(base64.b64decode(raw_metrics))
            if module_hash not in fixed:
                fixed[module_hash] = {
                    "module_adjacency": adjacency,
                    "module_operations": raw_operations.split(","),
                    "trainable_parameters": parameters,
                }
                computed[module_hash] = {}
            computed[module_hash].setdefault(epochs, []).append(
                {f"{name}_{key}": point[key] for name, point in (("halfway", points[1]), ("final", points[2])) for key in POINT[1:]}
            )
            checksum += points[2]["test_accuracy"]
            count += 1
    seconds = time.process_time() - started
    print(json.dumps({"records": count, "cells": len(fixed), "seconds": seconds, "checksum": checksum, "protobuf": how}))


main(sys.argv[1], int(sys.argv[2]))
