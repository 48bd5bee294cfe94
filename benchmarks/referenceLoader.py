"""The reading loop of the reference's nasbench/api.py on the first records of a file.

Run by import.js:  python3 referenceLoader.py FILE RECORDS
Prints JSON: seconds of CPU time (user and system) and by the clock, a checksum of the values, and what it was run with.

Step by step as there: a record from TensorFlow's iterator, decoded from UTF-8 and parsed as JSON; its adjacency made a
matrix of int8; its metrics decoded from base64 and parsed as protobuf; both put into dictionaries by hash, and its epochs
into a set. Nothing is left out of the loop that the reference does; it checks no module hash, and neither does this.

Each part that is not installed is replaced, and the replacement does no more than what it stands for:
  tensorflow  frames are read with the standard library, and their CRCs are not checked, which TensorFlow does (faster here)
  protobuf    a parser in Python with struct instead of one in C (slower than there)
  numpy       a list of lists instead of an array (faster than there)
"""

import base64
import itertools
import json
import struct
import sys
import time

try:
    import numpy
except ImportError:
    numpy = None
try:
    from tensorflow.compat.v1 import python_io
except ImportError:
    python_io = None

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


class Point:
    __slots__ = POINT


class Metrics:
    __slots__ = ("evaluation_data", "trainable_parameters", "total_time")


def parse_in_python(data):
    metrics, at = Metrics(), 0
    metrics.evaluation_data = points = []
    while at < len(data):
        tag, at = varint(data, at)
        if tag == 0x0A:
            length, at = varint(data, at)
            end, point = at + length, Point()
            while at < end:
                field, at = varint(data, at)
                setattr(point, POINT[(field >> 3) - 1], struct.unpack_from("<d", data, at)[0])
                at += 8
            points.append(point)
        elif tag == 0x10:
            metrics.trainable_parameters, at = varint(data, at)
        else:
            metrics.total_time = struct.unpack_from("<d", data, at)[0]
            at += 8
    return metrics


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

    return message.FromString


def frames(file):
    """The records of a file, without a check of their CRCs."""
    with open(file, "rb") as source:
        while len(header := source.read(12)) == 12:
            yield source.read(struct.unpack_from("<Q", header)[0])
            source.read(4)


def matrix_of(text):
    if numpy is None:
        side, cells = int(len(text) ** 0.5), [int(entry) for entry in text]
        return [cells[i * side : (i + 1) * side] for i in range(side)]
    side = int(numpy.sqrt(len(text)))
    return numpy.reshape(numpy.array([int(entry) for entry in list(text)], dtype=numpy.int8), (side, side))


def main(file, limit):
    protobuf = protobuf_parser()
    parse = protobuf or parse_in_python
    rows = frames(file) if python_io is None else python_io.tf_record_iterator(file)
    fixed, computed, budgets = {}, {}, set()
    clock, cpu = time.perf_counter(), time.process_time()
    for row in itertools.islice(rows, limit):
        module_hash, epochs, adjacency_text, labels, coded = json.loads(row.decode("utf-8"))
        adjacency = matrix_of(adjacency_text)
        operations = labels.split(",")
        metrics = parse(base64.b64decode(coded))
        if module_hash not in fixed:
            fixed[module_hash] = {
                "module_adjacency": adjacency,
                "module_operations": operations,
                "trainable_parameters": metrics.trainable_parameters,
            }
            computed[module_hash] = {}
        budgets.add(epochs)
        if epochs not in computed[module_hash]:
            computed[module_hash][epochs] = []
        half, final = metrics.evaluation_data[1], metrics.evaluation_data[2]
        computed[module_hash][epochs].append(
            {
                "halfway_training_time": half.training_time,
                "halfway_train_accuracy": half.train_accuracy,
                "halfway_validation_accuracy": half.validation_accuracy,
                "halfway_test_accuracy": half.test_accuracy,
                "final_training_time": final.training_time,
                "final_train_accuracy": final.train_accuracy,
                "final_validation_accuracy": final.validation_accuracy,
                "final_test_accuracy": final.test_accuracy,
            }
        )
    cpu, clock = time.process_time() - cpu, time.perf_counter() - clock
    runs = [run for cell in computed.values() for repeats in cell.values() for run in repeats]
    parts = (("tensorflow", python_io), ("protobuf", protobuf), ("numpy", numpy))
    result = {
        "records": len(runs),
        "cells": len(fixed),
        "seconds": cpu,
        "clock": clock,
        "checksum": sum(run["final_test_accuracy"] for run in runs),
        "with": ", ".join(name if part is not None else f"no {name}" for name, part in parts),
    }
    print(json.dumps(result))


main(sys.argv[1], int(sys.argv[2]))
