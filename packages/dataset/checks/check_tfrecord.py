"""Reads an exported TFRecord with TensorFlow as the reference does and compares every value with the JSON Lines export.

    python check_tfrecord.py FILE.tfrecord FILE.jsonl

TensorFlow checks both checksums of every record; the metrics are parsed by google.protobuf from the message of the
reference's model_metrics.proto.
"""

import base64
import json
import sys

import numpy as np
import tensorflow as tf
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

DOUBLE, INT32, STRING, MESSAGE = 1, 5, 9, 11
OPTIONAL, REPEATED = 1, 3


def model_metrics_class():
    """ModelMetrics of google-research/nasbench, nasbench/lib/model_metrics.proto (proto2)."""
    file = descriptor_pb2.FileDescriptorProto(name="model_metrics.proto", package="nasbench", syntax="proto2")
    data = file.message_type.add(name="EvaluationData")
    names = ["current_epoch", "training_time", "train_accuracy", "validation_accuracy", "test_accuracy"]
    for number, name in enumerate(names, 1):
        data.field.add(name=name, number=number, type=DOUBLE, label=OPTIONAL)
    data.field.add(name="checkpoint_path", number=6, type=STRING, label=OPTIONAL)
    metrics = file.message_type.add(name="ModelMetrics")
    metrics.field.add(name="evaluation_data", number=1, type=MESSAGE, label=REPEATED, type_name=".nasbench.EvaluationData")
    metrics.field.add(name="trainable_parameters", number=2, type=INT32, label=OPTIONAL)
    metrics.field.add(name="total_time", number=3, type=DOUBLE, label=OPTIONAL)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("nasbench.ModelMetrics"))


def completed(row, epochs):
    """Repeats of a row that have a run: the others are not in the file."""
    values = row[f"test_accuracy_{epochs}"]
    return [repeat for repeat, value in enumerate(values) if value is not None]


def check_record(row, epochs, repeat, adjacency, operations, metrics):
    vertices = row["vertices"]
    mask = row["edges"]
    edge = lambda x, y: (mask >> (x + y * (y - 1) // 2)) & 1 if x < y else 0
    assert adjacency == "".join(str(edge(x, y)) for x in range(vertices) for y in range(vertices)), adjacency
    assert operations.split(",") == ["input", *row["operations"], "output"], operations
    assert metrics.trainable_parameters == row["trainable_parameters"]
    assert metrics.total_time == row[f"total_time_{epochs}"][repeat]
    checked = 2
    for point, prefix in zip(metrics.evaluation_data, ["start_", "half_", ""], strict=True):
        for name in ["train_accuracy", "validation_accuracy", "test_accuracy", "training_time"]:
            column = row[f"{prefix}{name}_{epochs}"]
            # The text is the shortest of a float32; the record holds that float32, widened.
            assert getattr(point, name) == float(np.float32(column[repeat])), (prefix, name, point, column)
            checked += 1
    assert [point.current_epoch for point in metrics.evaluation_data] == [0, epochs / 2, epochs]
    return checked


def main():
    tfrecord, jsonl = sys.argv[1:]
    with open(jsonl, encoding="utf-8") as stream:
        rows = {row["module_hash"]: row for row in map(json.loads, stream)}
    parse = model_metrics_class().FromString
    seen = {}
    records = values = 0
    for serialized in tf.data.TFRecordDataset(tfrecord).as_numpy_iterator():
        # As NASBench.__init__ of the reference's api.py.
        module_hash, epochs, adjacency, operations, raw_metrics = json.loads(serialized.decode("utf-8"))
        metrics = parse(base64.b64decode(raw_metrics))
        row = rows[module_hash]
        index = seen.setdefault((module_hash, epochs), 0)
        seen[module_hash, epochs] += 1
        values += check_record(row, epochs, completed(row, epochs)[index], adjacency, operations, metrics)
        records += 1
    budgets = {int(name.rpartition("_")[2]) for row in rows.values() for name in row if name.startswith("test_accuracy_")}
    expected = sum(len(completed(row, epochs)) for row in rows.values() for epochs in budgets)
    assert records == expected, f"{records} records, expected {expected}"
    print(f"ok   TensorFlow {tf.__version__}: {tfrecord}, {records} records, {values} values, {len(rows)} cells")


main()
